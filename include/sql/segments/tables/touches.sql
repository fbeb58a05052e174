-- Purpose: what became of campaigns' messages.
-- Grain: one row a delivery, or event that names a campaign.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT customer_id, campaign_id, exposure, channel, occurred_at
FROM core.campaign_touch
WHERE tenant_id = %(tenant_id)s
