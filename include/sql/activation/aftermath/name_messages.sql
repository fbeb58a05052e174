-- Purpose: note the names that a provider gave messages, as its events tell them: before the answer is written down, or where
-- it was lost. Later events name the message by this alone.
-- Grain: one row a message that had no name.
-- Parameters: tenant_id, provider, and of equal length: delivery_ids, message_ids.
-- Rerun: changes nothing the second time; the name in an answer stands. Deliveries are held in the order of finish_attempts,
-- so that a worker and a webhook cannot wait for each other.
WITH held AS MATERIALIZED (
    SELECT delivery.delivery_id, delivery.fence, told.message_id
    FROM unnest(%(delivery_ids)s::uuid[], %(message_ids)s::text[]) AS told (delivery_id, message_id)
    JOIN activation.delivery ON delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = told.delivery_id
    ORDER BY delivery.delivery_id
    FOR NO KEY UPDATE OF delivery
)
UPDATE activation.attempt
SET provider_message_id = held.message_id
FROM held
WHERE attempt.tenant_id = %(tenant_id)s AND attempt.delivery_id = held.delivery_id AND attempt.fence = held.fence
  AND attempt.provider = %(provider)s AND attempt.provider_message_id IS NULL
