-- Purpose: the customers of a tenant, as the profile that speaks for each tells them.
-- Grain: one row a customer with a live primary profile.
-- Parameters: tenant_id; {columns}, what else is asked of them; {sources}, what that is read from beside the profile;
--             {among}, which customers are asked.
-- Rerun: reads only.
SELECT customer.customer_id{columns}
FROM core.customer AS customer
JOIN core.profile AS profile USING (tenant_id, customer_id)
{sources}
WHERE customer.tenant_id = %(tenant_id)s AND profile.is_primary AND profile.deleted_at IS NULL {among}
