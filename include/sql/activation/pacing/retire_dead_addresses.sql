-- Purpose: retire the addresses of deliveries that their provider refused for good, for everybody who has them.
-- Grain: one row a profile whose address is retired now.
-- Parameters: tenant_id, delivery_ids, reason.
-- Rerun: retires nothing the second time. A sync brings back only what had gone from its source.
UPDATE core.channel_address
SET state = 'retired', retired_reason = %(reason)s
FROM (
    SELECT address.profile_id, address.channel, address.address
    FROM core.channel_address AS address
    JOIN activation.delivery USING (tenant_id, channel, address_hash)
    WHERE address.tenant_id = %(tenant_id)s AND delivery.delivery_id = ANY (%(delivery_ids)s) AND address.state = 'active'
    ORDER BY address.profile_id, address.channel, address.address
    FOR NO KEY UPDATE OF address
) AS dead
WHERE channel_address.tenant_id = %(tenant_id)s AND channel_address.profile_id = dead.profile_id
  AND channel_address.channel = dead.channel AND channel_address.address = dead.address
