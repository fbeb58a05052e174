-- Purpose: judge once more, at the moment of sending, and begin the attempts or skip the people.
-- Grain: one row a delivery with the verdict (send, stopped, provider_rests, put_back, or the reason of a skip) and the
--        state that it came to; none where the lease was lost, or where somebody is ending the delivery right now.
-- Parameters: tenant_id, delivery_ids, fences and qualify (the three side by side; qualify is false for whom the segments'
--             own conditions no longer hold), providers (channel to provider, JSON), worker, lease, with_segments,
--             without_segments, purpose, in_production, caps, routes and policy_version (as of plan_audience),
--             coupon_pool (null: the campaign gives no coupons; else run after issue_coupons).
-- Rerun: an attempt that has begun is no longer claimed, so nothing begins twice.
--
-- Run after lock_people in the same transaction, as a statement of its own: it then sees every opt-out that was committed
-- before the lock was given. The transaction is committed before the first byte leaves.
--
-- put_back is ready again: while the run does not send or the campaign is paused, and in quiet hours, until they end. Our
-- own addresses, seeds and reviewers, are asked for nothing but the stops, the run and the allow-list. The route is chosen anew,
-- and what is kept of it is what holds now.
WITH asked AS (
    SELECT asked.delivery_id, asked.fence, asked.qualifies
    FROM unnest(%(delivery_ids)s::uuid[], %(fences)s::bigint[], %(qualify)s::boolean[])
        AS asked (delivery_id, fence, qualifies)
), held AS MATERIALIZED (
    SELECT
        delivery.delivery_id, delivery.fence, delivery.profile_id, delivery.address,
        CASE
            WHEN (SELECT ops.is_sending_stopped(%(tenant_id)s)) THEN 'stopped'
            WHEN EXISTS (
                SELECT FROM activation.pause_of(%(tenant_id)s, %(providers)s::jsonb ->> delivery.channel)
            ) THEN 'provider_rests'
            WHEN run.state <> 'sending' OR (campaign.paused_at IS NOT NULL AND run.kind = 'campaign') THEN 'put_back'
            WHEN delivery.recipient_kind <> 'customer' THEN guard.verdict
            WHEN NOT asked.qualifies THEN 'left_segment'
            WHEN NOT EXISTS (
                SELECT FROM segment.membership
                WHERE membership.tenant_id = %(tenant_id)s AND membership.segment_id = ANY (%(with_segments)s::text[])
                  AND membership.customer_id = delivery.customer_id
            ) OR EXISTS (
                SELECT FROM segment.membership AS barred
                WHERE barred.tenant_id = %(tenant_id)s AND barred.segment_id = ANY (%(without_segments)s::text[])
                  AND barred.customer_id = delivery.customer_id
            ) THEN 'left_segment'
            WHEN EXISTS (
                SELECT FROM activation.suppression_of(
                    %(tenant_id)s, delivery.channel, delivery.address_hash, %(purpose)s)
            ) THEN 'suppressed'
            WHEN NOT (
                SELECT consent.granted OR (NOT consent.recorded AND tenant.consent_basis IS NOT NULL)
                FROM activation.consent_of(
                    %(tenant_id)s, delivery.customer_id, delivery.channel, %(purpose)s) AS consent
            ) THEN 'no_consent'
            WHEN NOT EXISTS (
                SELECT FROM core.channel_address AS address
                JOIN core.profile USING (tenant_id, profile_id)
                WHERE address.tenant_id = %(tenant_id)s AND address.profile_id = delivery.profile_id
                  AND address.channel = delivery.channel AND address.address = delivery.address
                  AND address.state = 'active' AND profile.deleted_at IS NULL
                  AND profile.customer_id = delivery.customer_id
            ) THEN 'no_address'
            WHEN EXISTS (
                SELECT FROM rights.restricted(%(tenant_id)s, %(purpose)s) AS barred
                WHERE barred.customer_id = delivery.customer_id
            ) THEN 'restricted'
            WHEN way.rule IS NULL OR way.stage = 0 THEN 'not_eligible'
            WHEN delivery.send_by <= clock_timestamp() THEN 'past_send_by'
            WHEN activation.is_capped(
                %(caps)s::jsonb, %(tenant_id)s, delivery.customer_id, delivery.channel, delivery.address_hash,
                delivery.delivery_id, clock_timestamp()
            ) OR way.stage = 1 THEN 'capped'
            WHEN way.stage = 2 THEN 'no_quiet_hours_left'
            WHEN way.opens_at > clock_timestamp() THEN 'put_back'
            WHEN guard.verdict <> 'send' OR %(coupon_pool)s::text IS NULL THEN guard.verdict
            ELSE activation.coupon_verdict(
                %(tenant_id)s, %(coupon_pool)s, run.campaign_id, delivery.customer_id, %(delivery_ids)s::uuid[])
        END AS verdict,
        way.opens_at, way.route, way.rule, way.price_minor, way.grant_token
    FROM asked
    JOIN activation.delivery
        ON delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = asked.delivery_id
        AND delivery.fence = asked.fence
    JOIN activation.run ON run.tenant_id = delivery.tenant_id AND run.campaign_run_id = delivery.campaign_run_id
    JOIN activation.campaign ON campaign.tenant_id = run.tenant_id AND campaign.campaign_id = run.campaign_id
    JOIN ops.tenant ON tenant.tenant_id = delivery.tenant_id
    LEFT JOIN LATERAL (
        SELECT open.*
        FROM activation.routes_of(
            %(tenant_id)s, %(routes)s::jsonb, delivery.customer_id, delivery.channel, delivery.address_hash,
            coalesce(delivery.zones, ARRAY[tenant.time_zone]), delivery.delivery_id, delivery.send_by,
            clock_timestamp()
        ) AS open
        ORDER BY
            CASE delivery.recipient_kind WHEN 'customer' THEN open.stage END DESC, open.price_minor, open.position
        LIMIT 1
    ) AS way ON true
    CROSS JOIN LATERAL (
        SELECT CASE WHEN (%(in_production)s AND tenant.armed_at IS NOT NULL) OR EXISTS (
            SELECT FROM ops.allowed_address AS allowed
            WHERE allowed.tenant_id = %(tenant_id)s AND allowed.channel = delivery.channel
              AND allowed.address_hash = delivery.address_hash
        ) THEN 'send' ELSE 'not_allowed' END AS verdict
    ) AS guard
    WHERE delivery.state = 'claimed' AND delivery.leased_until > clock_timestamp()
    FOR NO KEY UPDATE OF delivery SKIP LOCKED
), moved AS (
    UPDATE activation.delivery
    SET state = CASE WHEN held.verdict = 'send' THEN 'sending'
            WHEN held.verdict IN ('provider_rests', 'put_back') THEN 'ready' ELSE 'skipped' END,
        skip_reason = CASE WHEN held.verdict NOT IN ('send', 'provider_rests', 'put_back') THEN held.verdict END,
        address = CASE WHEN held.verdict IN ('send', 'provider_rests', 'put_back') THEN delivery.address END,
        not_before = CASE WHEN held.verdict = 'put_back' THEN greatest(delivery.not_before, held.opens_at)
            ELSE delivery.not_before END,
        route = CASE WHEN held.verdict IN ('send', 'not_eligible') THEN held.route ELSE delivery.route END,
        rule = CASE WHEN held.verdict IN ('send', 'not_eligible') THEN held.rule ELSE delivery.rule END,
        policy_version = CASE WHEN held.verdict IN ('send', 'not_eligible') THEN %(policy_version)s
            ELSE delivery.policy_version END,
        cost_minor = CASE WHEN held.verdict = 'send' AND delivery.recipient_kind = 'customer' THEN held.price_minor
            ELSE delivery.cost_minor END,
        attempts = delivery.attempts + (held.verdict = 'send')::integer,
        leased_by = CASE held.verdict WHEN 'send' THEN delivery.leased_by END,
        leased_until = CASE held.verdict WHEN 'send' THEN clock_timestamp() + %(lease)s END,
        state_changed_at = clock_timestamp()
    FROM held
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = held.delivery_id AND held.verdict <> 'stopped'
    RETURNING delivery.delivery_id, delivery.fence, delivery.channel, delivery.state, delivery.attempts
), attempt AS (
    INSERT INTO activation.attempt (tenant_id, delivery_id, fence, worker, provider, started_at)
    SELECT %(tenant_id)s, moved.delivery_id, moved.fence, %(worker)s, %(providers)s::jsonb ->> moved.channel,
        clock_timestamp()
    FROM moved
    WHERE moved.state = 'sending'
)
SELECT
    held.delivery_id, held.verdict, coalesce(moved.state, 'claimed'), held.address, profile.first_name,
    coalesce(moved.attempts, 0), delivery.recipient_kind, delivery.language, delivery.variant, held.route, held.grant_token,
    coupon.code
FROM held
JOIN activation.delivery ON delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = held.delivery_id
LEFT JOIN moved ON moved.delivery_id = held.delivery_id
LEFT JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = held.profile_id
LEFT JOIN activation.run ON run.tenant_id = %(tenant_id)s AND run.campaign_run_id = delivery.campaign_run_id
LEFT JOIN activation.coupon
    ON %(coupon_pool)s::text IS NOT NULL AND coupon.tenant_id = %(tenant_id)s AND coupon.campaign_id = run.campaign_id
    AND coupon.customer_id = delivery.customer_id
