-- Purpose: put an erasure and the beginnings of attempts to the same person into one order (activation/sending/lock_people).
-- Grain: one row a customer, held until the transaction ends. Parameters: tenant_id, customers. Rerun: holds again.
SELECT customer_id
FROM core.customer
WHERE tenant_id = %(tenant_id)s AND customer_id = ANY (%(customers)s)
ORDER BY customer_id
FOR UPDATE
