-- Purpose: the pair of tokens that a tenant has with a provider now.
-- Grain: one row, or none where no person has authorised anything yet.
-- Parameters: tenant_id, provider.
-- Rerun: reads only.
SELECT
    access_token, access_until, refresh_token, refresh_until, generation, rotated_at, renewing_since, lost_at, lost_reason,
    granted_at, granted_by, clock_timestamp() AS now
FROM activation.provider_token
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s
