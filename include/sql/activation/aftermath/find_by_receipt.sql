-- Purpose: the messages that a receipt without their names speaks of: all that a person was sent before its moment.
-- Grain: one row a delivery and kind that was not told of it before; the newest moment of several.
-- Parameters: tenant_id, key (of address hashes), provider (its name and its channel's), reaches_back (how long before a receipt
-- a message may have been sent), and of equal length: addresses, until, kinds.
-- Rerun: reads only. Only what is known to be accepted: a receipt does not say which messages there were.
SELECT delivery.delivery_id, told.kind, max(told.until)
FROM unnest(%(addresses)s::text[], %(until)s::timestamptz[], %(kinds)s::text[]) AS told (address, until, kind)
JOIN activation.delivery
    ON delivery.tenant_id = %(tenant_id)s AND delivery.channel = %(provider)s
    AND delivery.address_hash = core.address_hash(%(provider)s, told.address, %(key)s)
JOIN activation.attempt
    ON attempt.tenant_id = delivery.tenant_id AND attempt.delivery_id = delivery.delivery_id
    AND attempt.fence = delivery.fence
WHERE delivery.state = 'accepted' AND attempt.provider = %(provider)s
  AND attempt.started_at BETWEEN told.until - %(reaches_back)s::interval AND told.until
  AND NOT EXISTS (
      SELECT
      FROM activation.provider_event AS event
      WHERE event.tenant_id = delivery.tenant_id AND event.delivery_id = delivery.delivery_id AND event.kind = told.kind
  )
GROUP BY delivery.delivery_id, told.kind
ORDER BY delivery.delivery_id, told.kind
