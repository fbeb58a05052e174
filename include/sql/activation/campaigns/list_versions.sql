-- Purpose: the versions of a campaign.
-- Grain: one row a version, the newest first.
-- Parameters: tenant_id, campaign_id.
-- Rerun: reads only.
SELECT version, hash, definition, submitted_by, created_at
FROM activation.campaign_version
WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s
ORDER BY version DESC
LIMIT 50
