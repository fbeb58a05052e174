-- Purpose: deliveries of a provider whose end is not known, to be looked for in its log.
-- Grain: one row a delivery, the oldest first, beyond a given one.
-- Parameters: tenant_id, provider, older_than (so long ago an attempt must have begun), after_started_at and
-- after_delivery_id (null: from the start), batch.
-- Rerun: reads only.
SELECT delivery_id, provider_message_id, started_at
FROM activation.unknown_delivery
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s AND NOT past_deadline
  AND started_at <= clock_timestamp() - %(older_than)s::interval
  AND (
      %(after_started_at)s::timestamptz IS NULL
      OR (started_at, delivery_id) > (%(after_started_at)s::timestamptz, %(after_delivery_id)s::uuid)
  )
ORDER BY started_at, delivery_id
LIMIT %(batch)s
