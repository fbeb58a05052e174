-- Purpose: put an opt-out and the attempts to everybody at its address into one order (see lock_people).
-- Grain: one row a person, in a fixed order so that two opt-outs cannot wait for each other.
-- Parameters: tenant_id, customer_id (whom the message was for), channel, address_hash.
-- Rerun: holds again.
SELECT customer.customer_id
FROM core.customer
WHERE customer.tenant_id = %(tenant_id)s AND customer.customer_id IN (
    SELECT %(customer_id)s
    UNION
    SELECT profile.customer_id
    FROM core.channel_address AS address
    JOIN core.profile USING (tenant_id, profile_id)
    WHERE address.tenant_id = %(tenant_id)s AND address.channel = %(channel)s
      AND address.address_hash = %(address_hash)s
)
ORDER BY customer.customer_id
FOR NO KEY UPDATE
