-- Purpose: keep why a campaign that was not planned yet cannot be.
-- Grain: one row a campaign.
-- Parameters: tenant_id, campaign_id, missing.
-- Rerun: the last one holds.
UPDATE activation.campaign
SET state = 'draft', missing = %(missing)s
WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s AND state IN ('draft', 'ready')
