-- Purpose: the tenant's latest sync, for the demo's last screen. Grain: at most one row.
-- Parameters: none; the connection is bound to the tenant.
-- Rerun: reads only.
SELECT mode, rows_read, rows_passed, rows_quarantined, as_of, proof, finished_at - started_at AS took
FROM ops.sync_run
WHERE tenant_id = ops.current_tenant()
ORDER BY sync_run_id DESC
LIMIT 1
