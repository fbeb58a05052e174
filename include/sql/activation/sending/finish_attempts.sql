-- Purpose: record what attempts led to, and move their deliveries where this worker still holds them or where nothing was
-- known of them.
-- Grain: one row an attempt: the state that its delivery came to, or null where the answer changed nothing, and whether
--        the answer came after the lease had ended.
-- Parameters: tenant_id, max_attempts, and side by side an entry an attempt: delivery_ids, fences, outcomes, phases,
--             answers, provider_message_ids, delays, unsent (true: not a byte left, the attempt counts for nothing).
-- Rerun: changes nothing; the first answer to an attempt stands.
--
-- An unknown delivery was never attempted again, so an answer to its last attempt is proof however late it comes: accepted
-- is accepted, and what was refused is rejected. It is never ready again, also where the provider would have taken it
-- later.
WITH answered AS (
    SELECT *
    FROM unnest(
        %(delivery_ids)s::uuid[], %(fences)s::bigint[], %(outcomes)s::text[], %(phases)s::text[], %(answers)s::text[],
        %(provider_message_ids)s::text[], %(delays)s::interval[], %(unsent)s::boolean[]
    ) AS answered (delivery_id, fence, outcome, phase, answer, provider_message_id, delay, unsent)
), held AS MATERIALIZED (
    SELECT delivery.delivery_id, delivery.state, delivery.attempts, delivery.fence
    FROM activation.delivery
    JOIN answered USING (delivery_id, fence)
    WHERE delivery.tenant_id = %(tenant_id)s
    ORDER BY delivery.delivery_id
    FOR NO KEY UPDATE OF delivery
), judged AS (
    SELECT
        delivery_id, held.state = 'unknown' AS was_unknown, unsent, delay,
        CASE
            WHEN outcome = 'retry' AND (held.state = 'unknown' OR (held.attempts >= %(max_attempts)s AND NOT unsent))
                THEN 'rejected'
            ELSE outcome
        END AS state
    FROM held
    JOIN answered USING (delivery_id)
    WHERE held.state = 'sending' OR (held.state = 'unknown' AND outcome <> 'unknown')
), settled AS (
    UPDATE activation.delivery
    SET state = judged.state,
        not_before = CASE WHEN judged.state = 'retry' THEN clock_timestamp() + judged.delay END,
        attempts = delivery.attempts - judged.unsent::integer,
        settled_by = CASE WHEN judged.state IN ('accepted', 'rejected') THEN 'answer' END,
        leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
    FROM judged
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = judged.delivery_id
    RETURNING delivery.delivery_id, delivery.state, judged.was_unknown
), evidence AS (
    UPDATE activation.attempt
    SET outcome = answered.outcome, phase = answered.phase, answer = answered.answer,
        -- An event may have told the name before.
        provider_message_id = coalesce(answered.provider_message_id, attempt.provider_message_id),
        finished_at = clock_timestamp(),
        late = NOT EXISTS (
            SELECT FROM settled WHERE settled.delivery_id = answered.delivery_id AND NOT settled.was_unknown
        )
    FROM answered
    WHERE attempt.tenant_id = %(tenant_id)s AND attempt.delivery_id = answered.delivery_id
      AND attempt.fence = answered.fence AND attempt.finished_at IS NULL
)
SELECT answered.delivery_id, settled.state, settled.was_unknown IS NOT FALSE
FROM answered
LEFT JOIN settled USING (delivery_id)
