-- Purpose: take deliveries that are due and may leave now, for one worker and for a time, with a token of each bucket that
-- bounds them; others step over them.
-- Grain: one row a delivery taken.
-- Parameters: tenant_id, campaign_run_id, worker, lease, batch (at most so many), and side by side the ways: channels,
--             providers, senders (the domain that sends).
-- Rerun: takes the next ones. The fence rises, so whoever held a delivery before can change it no more.
--
-- The buckets are held in a fixed order, and only those that bound something; deliveries are stepped over where they are
-- held. So a claim waits for nothing but another claim, and an attempt never for a bucket. What finds no token stays as
-- it is: count_open says when there will be one.
WITH way AS (
    SELECT way.channel, way.provider, way.sender
    FROM unnest(%(channels)s::text[], %(providers)s::text[], %(senders)s::text[]) AS way (channel, provider, sender)
    WHERE NOT EXISTS (SELECT FROM activation.pause_of(%(tenant_id)s, way.provider))
), bucket AS MATERIALIZED (
    SELECT rate_limit.provider, rate_limit.domain, activation.tokens_now(rate_limit) AS tokens
    FROM activation.rate_limit
    WHERE rate_limit.tenant_id = %(tenant_id)s AND rate_limit.provider IN (SELECT provider FROM way)
      AND (rate_limit.per_second IS NOT NULL OR rate_limit.ceiling_until > clock_timestamp())
    ORDER BY rate_limit.provider, rate_limit.domain
    FOR NO KEY UPDATE OF rate_limit
), ramp AS MATERIALIZED (
    SELECT ramp.provider, ramp.sender, ramp.domain, activation.ramp_rest(ramp) AS rest
    FROM activation.ramp
    WHERE ramp.tenant_id = %(tenant_id)s AND ramp.provider IN (SELECT provider FROM way)
      AND ramp.sender IN (SELECT sender FROM way)
    ORDER BY ramp.provider, ramp.sender, ramp.domain
    FOR NO KEY UPDATE OF ramp
), bound AS MATERIALIZED (
    SELECT way.channel, allowance.domain, floor(min(allowance.tokens))::bigint AS tokens
    FROM way
    CROSS JOIN LATERAL (
        SELECT bucket.domain, bucket.tokens FROM bucket WHERE bucket.provider = way.provider
        UNION ALL
        SELECT ramp.domain, ramp.rest FROM ramp WHERE ramp.provider = way.provider AND ramp.sender = way.sender
    ) AS allowance
    WHERE allowance.tokens IS NOT NULL
    GROUP BY way.channel, allowance.domain
), due AS MATERIALIZED (
    SELECT delivery.delivery_id, delivery.channel, coalesce(delivery.domain, '') AS domain
    FROM activation.delivery
    JOIN activation.run USING (tenant_id, campaign_run_id)
    JOIN activation.campaign USING (tenant_id, campaign_id)
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.campaign_run_id = %(campaign_run_id)s
      AND delivery.state IN ('ready', 'retry')
      AND delivery.channel IN (SELECT channel FROM way)
      AND (delivery.not_before IS NULL OR delivery.not_before <= clock_timestamp())
      AND (delivery.send_by IS NULL OR delivery.send_by > clock_timestamp())
      AND run.state = 'sending' AND (campaign.paused_at IS NULL OR run.kind = 'test')
      AND NOT EXISTS (
          SELECT FROM bound
          WHERE bound.channel = delivery.channel AND bound.domain IN ('', coalesce(delivery.domain, ''))
            AND bound.tokens < 1
      )
    LIMIT %(batch)s
    FOR NO KEY UPDATE OF delivery SKIP LOCKED
), in_domain AS (
    SELECT due.*, row_number() OVER (PARTITION BY channel, domain ORDER BY delivery_id) AS number
    FROM due
), in_provider AS (
    SELECT
        in_domain.delivery_id, in_domain.channel, in_domain.domain,
        row_number() OVER (PARTITION BY way.provider ORDER BY in_domain.delivery_id) AS number
    FROM in_domain
    JOIN way USING (channel)
    LEFT JOIN bound ON bound.channel = in_domain.channel AND bound.domain = in_domain.domain
    WHERE bound.tokens IS NULL OR in_domain.number <= bound.tokens
), granted AS MATERIALIZED (
    SELECT in_provider.delivery_id, way.provider, way.sender, in_provider.domain
    FROM in_provider
    JOIN way USING (channel)
    LEFT JOIN bound ON bound.channel = in_provider.channel AND bound.domain = ''
    WHERE bound.tokens IS NULL OR in_provider.number <= bound.tokens
), paid AS (
    UPDATE activation.rate_limit
    SET tokens = greatest(0, least(rate_limit.capacity, rate_limit.tokens + rate_limit.per_second * greatest(
            0, extract(epoch FROM clock_timestamp() - rate_limit.updated_at)::double precision)) - cost.tokens),
        ceiling = CASE WHEN rate_limit.ceiling IS NOT NULL THEN greatest(0, rate_limit.ceiling - cost.tokens) END,
        updated_at = clock_timestamp()
    FROM (
        SELECT bucket.provider, bucket.domain, count(*) AS tokens
        FROM bucket
        JOIN granted ON granted.provider = bucket.provider AND bucket.domain IN ('', granted.domain)
        GROUP BY bucket.provider, bucket.domain
    ) AS cost
    WHERE rate_limit.tenant_id = %(tenant_id)s AND rate_limit.provider = cost.provider
      AND rate_limit.domain = cost.domain
), climbed AS (
    UPDATE activation.ramp
    SET first_sent_on = coalesce(ramp.first_sent_on, today.day), day = today.day,
        taken = CASE WHEN ramp.day = today.day THEN ramp.taken ELSE 0 END + cost.tokens
    FROM (
        SELECT ramp.provider, ramp.sender, ramp.domain, count(*) AS tokens
        FROM ramp
        JOIN granted ON granted.provider = ramp.provider AND granted.sender = ramp.sender
            AND ramp.domain IN ('', granted.domain)
        WHERE ramp.rest IS NOT NULL
        GROUP BY ramp.provider, ramp.sender, ramp.domain
    ) AS cost, (SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS day) AS today
    WHERE ramp.tenant_id = %(tenant_id)s AND ramp.provider = cost.provider AND ramp.sender = cost.sender
      AND ramp.domain = cost.domain
)
UPDATE activation.delivery
SET state = 'claimed', fence = delivery.fence + 1, leased_by = %(worker)s,
    leased_until = clock_timestamp() + %(lease)s, state_changed_at = clock_timestamp()
FROM granted
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = granted.delivery_id
RETURNING delivery.delivery_id, delivery.fence, delivery.customer_id, delivery.channel, delivery.recipient_kind
