-- Purpose: settle deliveries whose end is not known by what their provider's log says of them.
-- Grain: one row a delivery that moved, with its new state; its last attempt keeps the log's words.
-- Parameters: tenant_id, and of equal length: delivery_ids, outcomes (accepted or rejected), details, message_ids.
-- Rerun: moves nothing the second time; only unknown moves, and never to ready.
WITH found AS (
    SELECT DISTINCT ON (delivery_id) delivery_id, outcome, detail, message_id
    FROM unnest(%(delivery_ids)s::uuid[], %(outcomes)s::text[], %(details)s::text[], %(message_ids)s::text[])
        AS found (delivery_id, outcome, detail, message_id)
    WHERE outcome IN ('accepted', 'rejected')
    ORDER BY delivery_id, outcome
), held AS MATERIALIZED (
    SELECT delivery.delivery_id, delivery.fence
    FROM activation.delivery
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.state = 'unknown'
      AND delivery.delivery_id = ANY (%(delivery_ids)s)
    ORDER BY delivery.delivery_id
    FOR NO KEY UPDATE
), named AS (
    UPDATE activation.attempt
    SET provider_message_id = coalesce(attempt.provider_message_id, found.message_id),
        answer = concat_ws('; ', attempt.answer, found.detail)
    FROM held
    JOIN found USING (delivery_id)
    WHERE attempt.tenant_id = %(tenant_id)s AND attempt.delivery_id = held.delivery_id AND attempt.fence = held.fence
)
UPDATE activation.delivery
SET state = found.outcome, settled_by = 'log', state_changed_at = clock_timestamp()
FROM held
JOIN found USING (delivery_id)
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = held.delivery_id
RETURNING delivery.state
