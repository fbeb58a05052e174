-- Purpose: every profile is a customer of its own: identities are not yet resolved across profiles.
-- Grain: one row a customer. Parameters: tenant_id. Rerun: inserts only what is missing.
INSERT INTO core.customer (tenant_id, customer_id)
SELECT %(tenant_id)s, profile_id
FROM shaped_profile
WHERE NOT EXISTS (
    SELECT FROM core.customer WHERE tenant_id = %(tenant_id)s AND customer_id = shaped_profile.profile_id
)
ORDER BY line
