-- Purpose: the changed customers who have no live profile any more. Each holds its lock, as for an opt-out: an attempt
-- to reach the person has begun by now, or it does not begin.
-- Grain: one row a customer. Parameters: tenant_id. Rerun: the transaction begins with an empty table.
INSERT INTO person_gone (customer_id)
SELECT customer_id
FROM core.customer
WHERE tenant_id = %(tenant_id)s
  AND customer_id IN (SELECT changed_customer.customer_id FROM changed_customer)
  AND NOT EXISTS (
      SELECT FROM core.profile
      WHERE profile.tenant_id = customer.tenant_id AND profile.customer_id = customer.customer_id
        AND profile.deleted_at IS NULL
  )
ORDER BY customer_id
FOR NO KEY UPDATE
