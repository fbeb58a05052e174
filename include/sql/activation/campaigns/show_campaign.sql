-- Purpose: a campaign as a person wants to see it.
-- Grain: one row.
-- Parameters: tenant_id, campaign_id.
-- Rerun: reads only.
SELECT
    campaign.campaign_id, campaign.name, campaign.state, campaign.version, campaign.missing, campaign.requested_by,
    campaign.paused_at, campaign.paused_by, campaign.schedule, tenant.time_zone, clock_timestamp() AS now
FROM activation.campaign
JOIN ops.tenant USING (tenant_id)
WHERE campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = %(campaign_id)s
