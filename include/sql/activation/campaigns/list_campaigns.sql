-- Purpose: every campaign in short.
-- Grain: one row a campaign, those that go first first.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT
    campaign.campaign_id, campaign.name, campaign.state, campaign.version, campaign.paused_at IS NOT NULL AS is_paused,
    campaign.schedule ->> 'kind' AS schedule, campaign.priority, campaign.channels, cardinality(campaign.missing) AS missing,
    latest.planned_at AS last_planned_at
FROM activation.campaign
LEFT JOIN LATERAL (
    SELECT max(run.planned_at) AS planned_at
    FROM activation.run
    WHERE run.tenant_id = campaign.tenant_id AND run.campaign_id = campaign.campaign_id AND run.kind = 'campaign'
) AS latest ON true
WHERE campaign.tenant_id = %(tenant_id)s
ORDER BY campaign.priority, campaign.campaign_id
