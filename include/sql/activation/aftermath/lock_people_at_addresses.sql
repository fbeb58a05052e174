-- Purpose: put opt-outs that name addresses, and the attempts to everybody at them, into one order (see lock_people).
-- Grain: one row a person, in a fixed order so that two opt-outs cannot wait for each other.
-- Parameters: tenant_id, channel, addresses, key (of address hashes).
-- Rerun: holds again.
SELECT customer.customer_id
FROM core.customer
WHERE customer.tenant_id = %(tenant_id)s AND customer.customer_id IN (
    SELECT profile.customer_id
    FROM unnest(%(addresses)s::text[]) AS told (address)
    JOIN core.channel_address AS address
        ON address.tenant_id = %(tenant_id)s AND address.channel = %(channel)s
        AND address.address_hash = core.address_hash(%(channel)s, told.address, %(key)s)
    JOIN core.profile ON profile.tenant_id = address.tenant_id AND profile.profile_id = address.profile_id
)
ORDER BY customer.customer_id
FOR NO KEY UPDATE
