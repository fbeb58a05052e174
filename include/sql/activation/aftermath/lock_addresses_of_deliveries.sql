-- Purpose: hold the addresses that are to be retired, before the people at them: a sync takes them in that order too.
-- Grain: one row an address of a profile, in a fixed order so that two batches cannot wait for each other.
-- Parameters: tenant_id, delivery_ids.
-- Rerun: holds again.
SELECT
FROM core.channel_address AS address
WHERE address.tenant_id = %(tenant_id)s AND address.state = 'active' AND (address.channel, address.address_hash) IN (
    SELECT delivery.channel, delivery.address_hash
    FROM activation.delivery
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = ANY (%(delivery_ids)s)
)
ORDER BY address.profile_id, address.channel, address.address
FOR NO KEY UPDATE
