-- Purpose: suppress the addresses that bounced for good, complained or unsubscribed. Where an address is suppressed already,
-- the stricter reason stands, whichever came first.
-- Grain: one row an address that was suppressed, or more strictly than before.
-- Parameters: tenant_id, provider, event_ids.
-- Rerun: changes nothing the second time.
INSERT INTO core.suppression AS suppression (tenant_id, channel, address_hash, reason, source)
SELECT
    %(tenant_id)s, delivery.channel, delivery.address_hash,
    (ARRAY['unsubscribed', 'bounced', 'complained'])[max(CASE event.kind
        WHEN 'unsubscribed' THEN 1 WHEN 'bounced' THEN 2 ELSE 3 END)],
    'event of ' || %(provider)s
FROM activation.provider_event AS event
JOIN activation.delivery USING (tenant_id, delivery_id)
WHERE event.tenant_id = %(tenant_id)s AND event.provider = %(provider)s
  AND event.provider_event_id = ANY (%(event_ids)s)
  AND (event.kind IN ('complained', 'unsubscribed') OR (event.kind = 'bounced' AND event.permanent))
  AND delivery.address_hash IS NOT NULL
GROUP BY delivery.channel, delivery.address_hash
ORDER BY delivery.channel, delivery.address_hash
ON CONFLICT (tenant_id, channel, address_hash) DO UPDATE SET reason = excluded.reason, source = excluded.source
WHERE array_position(ARRAY['unsubscribed', 'bounced', 'complained', 'objected', 'erased'], suppression.reason)
    < array_position(ARRAY['unsubscribed', 'bounced', 'complained', 'objected', 'erased'], excluded.reason)
RETURNING reason
