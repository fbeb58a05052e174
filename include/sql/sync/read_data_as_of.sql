-- Purpose: the as-of of the tenant's last projected run. Grain: one row or none. Parameters: tenant_id.
-- Rerun: reads only.
SELECT as_of
FROM ops.sync_run
WHERE tenant_id = %(tenant_id)s AND state = 'projected'
ORDER BY sync_run_id DESC
LIMIT 1
