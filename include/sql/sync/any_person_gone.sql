-- Purpose: whether a changed customer has no live profile. Grain: one row or none. Parameters: tenant_id.
-- Rerun: reads only.
SELECT customer_id
FROM changed_customer
WHERE NOT EXISTS (
    SELECT FROM core.profile
    WHERE profile.tenant_id = %(tenant_id)s AND profile.customer_id = changed_customer.customer_id
      AND profile.deleted_at IS NULL
)
LIMIT 1
