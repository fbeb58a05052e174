-- Purpose: ask of one customer what is asked of an audience.
-- Grain: one row, or none where there is no such customer.
-- Parameters: tenant_id, customer_id.
-- Rerun: fills a temporary table of this transaction.
INSERT INTO audience_member (customer_id)
SELECT customer.customer_id
FROM core.customer
WHERE customer.tenant_id = %(tenant_id)s AND customer.customer_id = %(customer_id)s
