-- Purpose: who may see a tenant on the Segment desk. Grain: one row a user id; * is everybody.
-- Parameters: tenant_id. Rerun: reads only.
SELECT user_id, allowed_by, allowed_at
FROM ops.tenant_access
WHERE tenant_id = %(tenant_id)s
ORDER BY user_id
