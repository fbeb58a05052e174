-- Purpose: keep rows and digest of the source, and of what is here, by collection. Grain: one row.
-- Parameters: tenant_id, sync_run_id, proof. Rerun: writes the same.
UPDATE ops.sync_run
SET proof = %(proof)s::jsonb
WHERE tenant_id = %(tenant_id)s AND sync_run_id = %(sync_run_id)s
