-- Purpose: set how fast a provider, or a receiving domain through it, may be sent to.
-- Grain: one row.
-- Parameters: tenant_id, provider, domain ('' is all), per_second and capacity (null: no bound), set_by.
-- Rerun: the last one holds; the bucket keeps what it has, as far as it now fits.
INSERT INTO activation.rate_limit (tenant_id, provider, domain, per_second, capacity, tokens, set_by)
VALUES (
    %(tenant_id)s, %(provider)s, %(domain)s, %(per_second)s, %(capacity)s,
    coalesce(%(capacity)s::double precision, 0), %(set_by)s)
ON CONFLICT (tenant_id, provider, domain) DO UPDATE
SET per_second = excluded.per_second, capacity = excluded.capacity, set_by = excluded.set_by,
    tokens = CASE
        WHEN rate_limit.capacity IS NULL THEN excluded.tokens
        ELSE coalesce(least(activation.tokens_now(rate_limit), excluded.capacity), 0)
    END,
    updated_at = clock_timestamp()
