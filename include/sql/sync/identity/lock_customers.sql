-- Purpose: put the resolution, the beginnings of attempts and the opt-outs of the same people into one order
-- (activation/lock_people). Before any delivery is touched.
-- Grain: one row a customer who gains or loses a profile, in a fixed order. Parameters: tenant_id. Rerun: holds again.
SELECT customer.customer_id
FROM core.customer
WHERE customer.tenant_id = %(tenant_id)s AND customer.customer_id IN (
    SELECT customer_id FROM identity_place WHERE customer_id <> wanted_id
    UNION
    SELECT wanted_id FROM identity_place WHERE customer_id <> wanted_id
    UNION
    SELECT absorbed_id FROM core.customer_merge WHERE tenant_id = %(tenant_id)s AND deliveries_left
)
ORDER BY customer.customer_id
FOR NO KEY UPDATE
