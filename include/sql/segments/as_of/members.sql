-- Purpose: the customers of a tenant at a past moment, as the profile that spoke for each told them.
-- Grain: one row a customer with a live speaking profile then.
-- Parameters: {columns}, what else is asked of them; {sources}, what that is read from beside the profile; reads
--             then_profile.
-- Rerun: reads only.
SELECT customer.customer_id{columns}
FROM (SELECT DISTINCT tenant_id, customer_id FROM then_profile) AS customer
JOIN then_profile AS profile USING (tenant_id, customer_id)
{sources}
WHERE profile.is_primary AND profile.deleted_at IS NULL
