-- Purpose: what an earlier, interrupted check of this run set aside. Grain: one row a row set aside.
-- Parameters: tenant_id, sync_run_id. Rerun: finds none.
DELETE FROM ops.quarantine WHERE tenant_id = %(tenant_id)s AND sync_run_id = %(sync_run_id)s
