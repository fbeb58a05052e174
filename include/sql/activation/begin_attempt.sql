-- Purpose: judge once more, at the moment of sending, and begin the attempts or skip the people.
-- Grain: one row a delivery with the verdict (send, stopped, or the reason of a skip) and the state that it came to; none
--        where the lease was lost, or where somebody is ending the delivery right now.
-- Parameters: tenant_id, delivery_ids, fences and qualify (the three side by side; qualify is false for whom the segments'
--             own conditions no longer hold), providers (channel to provider, JSON), worker, lease, segment_id, purpose,
--             in_production.
-- Rerun: an attempt that has begun is no longer claimed, so nothing begins twice.
--
-- Run after lock_people in the same transaction, as a statement of its own: it then sees every opt-out that was committed
-- before the lock was given. The transaction is committed before the first byte leaves.
WITH asked AS (
    SELECT asked.delivery_id, asked.fence, asked.qualifies
    FROM unnest(%(delivery_ids)s::uuid[], %(fences)s::bigint[], %(qualify)s::boolean[])
        AS asked (delivery_id, fence, qualifies)
), held AS MATERIALIZED (
    SELECT
        delivery.delivery_id, delivery.fence, delivery.profile_id, delivery.address,
        CASE
            WHEN (SELECT engaged FROM ops.kill_switch) THEN 'stopped'
            WHEN NOT asked.qualifies THEN 'left_segment'
            WHEN NOT EXISTS (
                SELECT FROM segment.membership
                WHERE membership.tenant_id = %(tenant_id)s AND membership.segment_id = %(segment_id)s
                  AND membership.customer_id = delivery.customer_id
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
            WHEN NOT (
                (%(in_production)s AND tenant.armed_at IS NOT NULL)
                OR EXISTS (
                    SELECT FROM ops.allowed_address AS allowed
                    WHERE allowed.tenant_id = %(tenant_id)s AND allowed.channel = delivery.channel
                      AND allowed.address_hash = delivery.address_hash
                )
            ) THEN 'not_allowed'
            ELSE 'send'
        END AS verdict
    FROM asked
    JOIN activation.delivery
        ON delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = asked.delivery_id
        AND delivery.fence = asked.fence
    JOIN ops.tenant ON tenant.tenant_id = delivery.tenant_id
    WHERE delivery.state = 'claimed' AND delivery.leased_until > clock_timestamp()
    FOR NO KEY UPDATE OF delivery SKIP LOCKED
), moved AS (
    UPDATE activation.delivery
    SET state = CASE held.verdict WHEN 'send' THEN 'sending' ELSE 'skipped' END,
        skip_reason = nullif(held.verdict, 'send'),
        address = CASE held.verdict WHEN 'send' THEN delivery.address END,
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
    coalesce(moved.attempts, 0), delivery.recipient_kind, delivery.language, delivery.variant
FROM held
JOIN activation.delivery ON delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = held.delivery_id
LEFT JOIN moved ON moved.delivery_id = held.delivery_id
LEFT JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = held.profile_id
