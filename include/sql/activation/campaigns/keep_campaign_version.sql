-- Purpose: keep what a campaign says and binds now as a version of it, and point the campaign at that version.
-- Grain: one row, the version.
-- Parameters: tenant_id, campaign_id, hash, definition, submitted_by.
-- Rerun: the same definition with the same hash is the version that it was. Run under the campaign's lock.
WITH same AS (
    SELECT version
    FROM activation.campaign_version
    WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s AND hash = %(hash)s
      AND definition = %(definition)s::jsonb
    ORDER BY version DESC
    LIMIT 1
), added AS (
    INSERT INTO activation.campaign_version (tenant_id, campaign_id, version, hash, definition, submitted_by)
    SELECT
        %(tenant_id)s, %(campaign_id)s, 1 + coalesce((
            SELECT max(version)
            FROM activation.campaign_version
            WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s
        ), 0), %(hash)s, %(definition)s, %(submitted_by)s
    WHERE NOT EXISTS (SELECT FROM same)
    RETURNING version
)
UPDATE activation.campaign
SET version = coalesce((SELECT version FROM same), (SELECT version FROM added))
WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s
RETURNING version
