-- Purpose: the tenant's last sync run, finished or not.
-- Grain: one row or none.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT sync_run_id, state, mode, source_kind, as_of, started_at, finished_at, rows_read, rows_passed, rows_quarantined,
       problem
FROM ops.sync_run
WHERE tenant_id = %(tenant_id)s
ORDER BY sync_run_id DESC
LIMIT 1
