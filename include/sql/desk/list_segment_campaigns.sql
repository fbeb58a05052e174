-- Purpose: the campaigns that are for a segment, or leave its members out, each with its last run.
-- Grain: one row a campaign. Parameters: tenant_id, segment_id. Rerun: reads only.
SELECT
    campaign.campaign_id, campaign.name, campaign.state, latest.campaign_run_id, latest.state AS run_state,
    latest.planned_at, to_send.kept AS to_send,
    NOT (campaign.segment_id = %(segment_id)s OR %(segment_id)s = ANY (campaign.more_segment_ids)) AS leaves_out
FROM activation.campaign
LEFT JOIN LATERAL (
    SELECT run.campaign_run_id, run.state, run.planned_at
    FROM activation.run
    WHERE run.tenant_id = campaign.tenant_id AND run.campaign_id = campaign.campaign_id AND run.kind = 'campaign'
    ORDER BY run.campaign_run_id DESC
    LIMIT 1
) AS latest ON true
LEFT JOIN activation.audience_step AS to_send
    ON to_send.tenant_id = campaign.tenant_id AND to_send.campaign_run_id = latest.campaign_run_id
    AND to_send.step = 'to_send'
WHERE campaign.tenant_id = %(tenant_id)s
  AND (campaign.segment_id = %(segment_id)s OR %(segment_id)s = ANY (campaign.more_segment_ids)
    OR %(segment_id)s = ANY (campaign.without_segment_ids))
ORDER BY latest.planned_at DESC NULLS LAST, campaign.name, campaign.campaign_id
LIMIT 50
