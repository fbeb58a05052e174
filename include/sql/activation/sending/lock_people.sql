-- Purpose: put the beginnings of attempts and the opt-outs of the same people into one order.
-- Grain: one row a person, held until the transaction ends; in a fixed order, so that two batches cannot wait for each other.
-- Parameters: tenant_id, customer_ids.
-- Rerun: holds again.
SELECT FROM core.customer
WHERE tenant_id = %(tenant_id)s AND customer_id = ANY (%(customer_ids)s)
ORDER BY customer_id
FOR NO KEY UPDATE
