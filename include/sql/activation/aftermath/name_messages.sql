-- Purpose: note the names that a provider gave messages, as its events tell them: before the answer is written down, or where
-- it was lost. Later events name the message by this alone.
-- Grain: one row a message that had no name.
-- Parameters: tenant_id, provider, and of equal length: delivery_ids, message_ids.
-- Rerun: changes nothing the second time; the name in an answer stands.
UPDATE activation.attempt
SET provider_message_id = told.message_id
FROM unnest(%(delivery_ids)s::uuid[], %(message_ids)s::text[]) AS told (delivery_id, message_id)
JOIN activation.delivery ON delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = told.delivery_id
WHERE attempt.tenant_id = %(tenant_id)s AND attempt.delivery_id = told.delivery_id AND attempt.fence = delivery.fence
  AND attempt.provider = %(provider)s AND attempt.provider_message_id IS NULL
