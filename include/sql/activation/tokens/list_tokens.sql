-- Purpose: how a tenant's authorisations stand, without anything secret.
-- Grain: one row a provider.
-- Parameters: tenant_id, soon (interval: a refresh token that ends within it is worth a warning).
-- Rerun: reads only.
SELECT
    provider, generation, access_until, refresh_until, rotated_at, renewing_since, lost_at, lost_reason, granted_at, granted_by,
    CASE
        WHEN lost_at IS NOT NULL THEN 'authorise again'
        WHEN refresh_until <= clock_timestamp() THEN 'authorise again'
        WHEN access_token IS NULL THEN 'given, not used yet'
        WHEN renewing_since IS NOT NULL THEN 'a renewal was not heard of again'
        WHEN refresh_until <= clock_timestamp() + %(soon)s::interval THEN 'ends soon'
        ELSE 'valid'
    END AS state
FROM activation.provider_token
WHERE tenant_id = %(tenant_id)s
ORDER BY provider
