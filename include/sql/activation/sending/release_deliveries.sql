-- Purpose: give back what a worker claimed and did not begin, and the tokens that were taken for it.
-- Grain: one row a delivery given back.
-- Parameters: tenant_id, campaign_run_id, worker, and side by side the ways: channels, providers, senders.
-- Rerun: gives back nothing the second time. Deliveries in sending are never given back.
--
-- A worker that dies gives no tokens back: then fewer messages leave than might, never more.
WITH way AS (
    SELECT way.channel, way.provider, way.sender
    FROM unnest(%(channels)s::text[], %(providers)s::text[], %(senders)s::text[]) AS way (channel, provider, sender)
), own AS MATERIALIZED (
    -- In the order in which a stop holds them.
    SELECT delivery_id
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND leased_by = %(worker)s
      AND state = 'claimed'
    ORDER BY delivery_id
    FOR NO KEY UPDATE
), released AS (
    UPDATE activation.delivery
    SET state = 'ready', leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
    FROM own
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = own.delivery_id
    RETURNING delivery.delivery_id, delivery.channel, coalesce(delivery.domain, '') AS domain
), bucket AS MATERIALIZED (
    SELECT rate_limit.provider, rate_limit.domain, count(*) AS tokens
    FROM released
    JOIN way USING (channel)
    JOIN activation.rate_limit
        ON rate_limit.tenant_id = %(tenant_id)s AND rate_limit.provider = way.provider
        AND rate_limit.domain IN ('', released.domain)
    WHERE rate_limit.per_second IS NOT NULL OR rate_limit.ceiling_until > clock_timestamp()
    GROUP BY rate_limit.provider, rate_limit.domain
), held AS MATERIALIZED (
    SELECT rate_limit.provider, rate_limit.domain, bucket.tokens
    FROM activation.rate_limit
    JOIN bucket USING (provider, domain)
    WHERE rate_limit.tenant_id = %(tenant_id)s
    ORDER BY rate_limit.provider, rate_limit.domain
    FOR NO KEY UPDATE OF rate_limit
), refilled AS (
    UPDATE activation.rate_limit
    SET tokens = coalesce(least(rate_limit.capacity, rate_limit.tokens + held.tokens), 0),
        ceiling = rate_limit.ceiling + held.tokens
    FROM held
    WHERE rate_limit.tenant_id = %(tenant_id)s AND rate_limit.provider = held.provider
      AND rate_limit.domain = held.domain
), climb AS MATERIALIZED (
    SELECT ramp.provider, ramp.sender, ramp.domain, count(*) AS tokens
    FROM released
    JOIN way USING (channel)
    JOIN activation.ramp
        ON ramp.tenant_id = %(tenant_id)s AND ramp.provider = way.provider AND ramp.sender = way.sender
        AND ramp.domain IN ('', released.domain)
    GROUP BY ramp.provider, ramp.sender, ramp.domain
), held_ramp AS MATERIALIZED (
    SELECT ramp.provider, ramp.sender, ramp.domain, climb.tokens
    FROM activation.ramp
    JOIN climb USING (provider, sender, domain)
    WHERE ramp.tenant_id = %(tenant_id)s
    ORDER BY ramp.provider, ramp.sender, ramp.domain
    FOR NO KEY UPDATE OF ramp
), counted_back AS (
    UPDATE activation.ramp
    SET taken = greatest(0, ramp.taken - held_ramp.tokens)
    FROM held_ramp
    WHERE ramp.tenant_id = %(tenant_id)s AND ramp.provider = held_ramp.provider AND ramp.sender = held_ramp.sender
      AND ramp.domain = held_ramp.domain
)
SELECT delivery_id FROM released
