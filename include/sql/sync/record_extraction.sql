-- Purpose: from where, how, and how much a run has read. Grain: one row.
-- Parameters: tenant_id, sync_run_id, source_kind, mode, rows_read. Rerun: writes the same.
UPDATE ops.sync_run
SET source_kind = %(source_kind)s, mode = %(mode)s, rows_read = %(rows_read)s
WHERE tenant_id = %(tenant_id)s AND sync_run_id = %(sync_run_id)s
