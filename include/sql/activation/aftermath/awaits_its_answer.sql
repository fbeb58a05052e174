-- Purpose: whether a message to this address is on its way whose answer, with the provider's name of it, is not written down
--          yet, while none of the named messages is known.
-- Grain: one row where it is so, else none.
-- Parameters: tenant_id, provider, channel, address, message_ids.
-- Rerun: reads only.
SELECT 1
FROM activation.delivery
JOIN activation.attempt USING (tenant_id, delivery_id)
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.channel = %(channel)s AND delivery.address = %(address)s
  AND delivery.state = 'sending'
  AND attempt.provider = %(provider)s AND attempt.fence = delivery.fence
  AND attempt.started_at > clock_timestamp() - interval '10 minutes'
  AND NOT EXISTS (
      SELECT FROM activation.attempt AS known
      WHERE known.tenant_id = %(tenant_id)s AND known.provider = %(provider)s
        AND known.provider_message_id = ANY (%(message_ids)s::text[])
  )
LIMIT 1
