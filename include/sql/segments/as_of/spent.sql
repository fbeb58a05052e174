-- Purpose: what customers had spent, less what they had been given back, by what was known then.
-- Grain: one row a customer who had ever bought; money in the tenant's currency.
-- Parameters: none; reads then_item.
-- Rerun: reads only.
SELECT customer_id, coalesce(sum(home_net_minor), 0)::bigint AS total_minor
FROM then_item
GROUP BY customer_id
