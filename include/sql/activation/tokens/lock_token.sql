-- Purpose: the pair of tokens, held until this transaction ends: nobody else renews meanwhile.
-- Grain: one row, or none.
-- Parameters: tenant_id, provider.
-- Rerun: reads only; waits at most as long as lock_timeout says.
SELECT
    access_token, access_until, refresh_token, refresh_until, generation, rotated_at, renewing_since, lost_at, lost_reason,
    granted_at, granted_by, clock_timestamp() AS now
FROM activation.provider_token
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s
FOR UPDATE
