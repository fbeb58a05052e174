-- Purpose: what a run read of the source, and what was here after it. Grain: one row.
-- Parameters: tenant_id, sync_run_id. Rerun: reads only.
SELECT proof FROM ops.sync_run WHERE tenant_id = %(tenant_id)s AND sync_run_id = %(sync_run_id)s
