-- Purpose: the rules of a tenant that hold now.
-- Grain: one row, or none where the tenant never set any.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT version, rules
FROM activation.tenant_policy
WHERE tenant_id = %(tenant_id)s
ORDER BY version DESC
LIMIT 1
