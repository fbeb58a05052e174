-- Purpose: the deliveries of a person are nobody's any more; what was sent, when and how it ended stays, for the counts.
-- Grain: one row a delivery. Parameters: tenant_id, deliveries. Rerun: finds none.
-- The name is made of the delivery alone, so that two deliveries of one person cannot be told to be of one.
UPDATE activation.delivery
SET customer_id = 'erased:' || delivery_id, profile_id = NULL, address = NULL, address_hash = NULL, domain = NULL,
    zones = NULL, language = NULL
WHERE tenant_id = %(tenant_id)s AND delivery_id = ANY (%(deliveries)s) AND customer_id <> 'erased:' || delivery_id
