-- Purpose: retire the addresses that bounced for good, on every profile that has them.
-- Grain: one row an address of a profile that was active.
-- Parameters: tenant_id, provider, event_ids.
-- Rerun: retires nothing the second time.
UPDATE core.channel_address AS address
SET state = 'retired', retired_reason = 'bounced'
FROM (
    SELECT DISTINCT delivery.channel, delivery.address_hash
    FROM activation.provider_event AS event
    JOIN activation.delivery USING (tenant_id, delivery_id)
    WHERE event.tenant_id = %(tenant_id)s AND event.provider = %(provider)s
      AND event.provider_event_id = ANY (%(event_ids)s) AND event.kind = 'bounced' AND event.permanent
) AS dead
WHERE address.tenant_id = %(tenant_id)s AND address.channel = dead.channel
  AND address.address_hash = dead.address_hash AND address.state = 'active'
