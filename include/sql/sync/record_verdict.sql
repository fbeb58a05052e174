-- Purpose: what the quality gate let through, and why it stopped the run if it did.
-- Grain: one row. Parameters: tenant_id, sync_run_id, rows_passed, rows_quarantined, problem. Rerun: writes the same.
UPDATE ops.sync_run
SET rows_passed = %(rows_passed)s, rows_quarantined = %(rows_quarantined)s, problem = %(problem)s
WHERE tenant_id = %(tenant_id)s AND sync_run_id = %(sync_run_id)s
