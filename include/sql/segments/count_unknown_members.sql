-- Purpose: how many of the customers found in the graph core does not know: the graph would be older than core.
-- Grain: one row.
-- Parameters: tenant_id; reads found_member.
-- Rerun: reads only.
SELECT count(*)
FROM found_member AS found
WHERE NOT EXISTS (
    SELECT FROM core.customer AS customer
    WHERE customer.tenant_id = %(tenant_id)s AND customer.customer_id = found.customer_id
)
