-- Purpose: a bucket for each provider and paced domain, full at first; a rate that nobody set follows the program's.
-- Grain: one row a bucket that is new or changed.
-- Parameters: tenant_id, and side by side: providers, domains, per_second, capacities (null: no bound).
-- Rerun: changes nothing.
INSERT INTO activation.rate_limit (tenant_id, provider, domain, per_second, capacity, tokens)
SELECT %(tenant_id)s, rate.provider, rate.domain, rate.per_second, rate.capacity, coalesce(rate.capacity, 0)
FROM unnest(
    %(providers)s::text[], %(domains)s::text[], %(per_second)s::double precision[], %(capacities)s::double precision[]
) AS rate (provider, domain, per_second, capacity)
ORDER BY rate.provider, rate.domain
ON CONFLICT (tenant_id, provider, domain) DO UPDATE
SET per_second = excluded.per_second, capacity = excluded.capacity, tokens = excluded.tokens,
    updated_at = clock_timestamp()
WHERE rate_limit.set_by IS NULL
  AND (rate_limit.per_second, rate_limit.capacity) IS DISTINCT FROM (excluded.per_second, excluded.capacity)
