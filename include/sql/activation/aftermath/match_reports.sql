-- Purpose: which mail reports are about a delivery of this tenant and name its recipient.
-- Grain: one row a report whose delivery is there, with its position (from 1), and whether the recipient is the delivery's.
-- Parameters: tenant_id, key (of address hashes), and of equal length: delivery_ids, addresses (null: the report names
-- nobody, as many complaints do; then the delivery's id alone counts).
-- Rerun: reads only.
SELECT
    told.position,
    told.address IS NULL
        OR delivery.address_hash = core.address_hash('email', core.normal_email(told.address), %(key)s)
        -- A server on the way may have changed the case of the part before the @.
        OR coalesce(lower(delivery.address) = lower(told.address), false)
FROM unnest(%(delivery_ids)s::uuid[], %(addresses)s::text[]) WITH ORDINALITY AS told (delivery_id, address, position)
JOIN activation.delivery ON delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = told.delivery_id
WHERE delivery.channel = 'email' AND delivery.address_hash IS NOT NULL
