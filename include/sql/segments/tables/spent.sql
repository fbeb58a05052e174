-- Purpose: what customers spent, less what they were given back; of whatever they bought, known products or not.
-- Grain: one row a customer who ever bought; money in the tenant's currency.
-- Parameters: tenant_id; {among}, which customers are asked.
-- Rerun: reads only.
SELECT customer_id, coalesce(sum(home_net_minor), 0)::bigint AS total_minor
FROM core.order_item
WHERE tenant_id = %(tenant_id)s {among}
GROUP BY customer_id
