-- Purpose: what the tenant's last complete run counted, to see what has changed since. A replay says nothing of the
-- source. Grain: one row or none. Parameters: tenant_id. Rerun: reads only.
SELECT counts
FROM ops.sync_run
WHERE tenant_id = %(tenant_id)s AND state = 'projected' AND mode <> 'replay'
ORDER BY sync_run_id DESC
LIMIT 1
