-- Purpose: the variants that a campaign compares.
-- Grain: one row a campaign.
-- Parameters: tenant_id, campaign_id.
-- Rerun: reads only.
SELECT variants FROM activation.campaign WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s
