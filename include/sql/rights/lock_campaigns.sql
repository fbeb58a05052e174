-- Purpose: a plan that read the person before they are erased ends first, and one that begins waits.
-- Grain: one row a campaign, held until the transaction ends. Parameters: tenant_id. Rerun: holds again.
SELECT campaign_id FROM activation.campaign WHERE tenant_id = %(tenant_id)s ORDER BY campaign_id FOR SHARE
