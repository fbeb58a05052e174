-- Purpose: put what a provider told of people and the attempts to everybody at their addresses into one order (see lock_person).
-- Grain: one row a person, in a fixed order so that two batches cannot wait for each other.
-- Parameters: tenant_id, delivery_ids.
-- Rerun: holds again.
SELECT customer.customer_id
FROM core.customer
WHERE customer.tenant_id = %(tenant_id)s AND customer.customer_id IN (
    SELECT delivery.customer_id
    FROM activation.delivery
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = ANY (%(delivery_ids)s)
    UNION
    SELECT profile.customer_id
    FROM activation.delivery
    JOIN core.channel_address AS address USING (tenant_id, channel, address_hash)
    JOIN core.profile ON profile.tenant_id = address.tenant_id AND profile.profile_id = address.profile_id
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = ANY (%(delivery_ids)s)
)
ORDER BY customer.customer_id
FOR NO KEY UPDATE
