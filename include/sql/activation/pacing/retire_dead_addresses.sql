-- Purpose: retire the addresses of deliveries that their provider refused for good, for everybody who has them.
-- Grain: one row a profile whose address is retired now.
-- Parameters: tenant_id, and side by side an entry a delivery: delivery_ids, reasons.
-- Rerun: retires nothing the second time. A sync brings back only what had gone from its source.
--
-- All of one batch at once: the addresses are held in a fixed order, so that two batches cannot wait for each other.
UPDATE core.channel_address
SET state = 'retired', retired_reason = dead.reason
FROM (
    SELECT address.profile_id, address.channel, address.address, refused.reason
    FROM unnest(%(delivery_ids)s::uuid[], %(reasons)s::text[]) AS refused (delivery_id, reason)
    JOIN activation.delivery ON delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = refused.delivery_id
    JOIN core.channel_address AS address USING (tenant_id, channel, address_hash)
    WHERE address.state = 'active'
    ORDER BY address.profile_id, address.channel, address.address
    FOR NO KEY UPDATE OF address
) AS dead
WHERE channel_address.tenant_id = %(tenant_id)s AND channel_address.profile_id = dead.profile_id
  AND channel_address.channel = dead.channel AND channel_address.address = dead.address
