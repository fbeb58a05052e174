-- Purpose: the candidates by their ids, at most one more than may be asked.
-- Grain: one row a customer, in the order of their ids.
-- Parameters: tenant_id, at_most; reads candidate.
-- Rerun: reads only.
SELECT customer.customer_id
FROM (SELECT DISTINCT key FROM candidate) AS touched
JOIN core.customer AS customer ON customer.graph_key = touched.key AND customer.tenant_id = %(tenant_id)s
ORDER BY customer.customer_id COLLATE "C"
LIMIT %(at_most)s + 1
