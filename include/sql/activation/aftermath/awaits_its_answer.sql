-- Purpose: whether a message to this address is on its way whose answer, with the provider's name of it, is not written down
--          yet, while one of the named messages is not known.
-- Grain: one row where it is so, else none.
-- Parameters: tenant_id, provider, channel, address, message_ids.
-- Rerun: reads only.
SELECT 1
FROM activation.delivery
JOIN activation.attempt USING (tenant_id, delivery_id)
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.channel = %(channel)s AND delivery.address = %(address)s
  AND delivery.state = 'sending'
  AND attempt.provider = %(provider)s AND attempt.fence = delivery.fence AND attempt.provider_message_id IS NULL
  AND attempt.started_at > clock_timestamp() - interval '10 minutes'
  AND EXISTS (
      SELECT FROM unnest(%(message_ids)s::text[]) AS told (message_id)
      WHERE NOT EXISTS (
          SELECT FROM activation.attempt AS known
          WHERE known.tenant_id = %(tenant_id)s AND known.provider = %(provider)s
            AND known.provider_message_id = told.message_id
      )
  )
LIMIT 1
