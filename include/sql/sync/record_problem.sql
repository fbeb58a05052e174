-- Purpose: why a run was stopped after the quality gate. Grain: one row. Parameters: tenant_id, sync_run_id, problem.
-- Rerun: writes the same.
UPDATE ops.sync_run
SET problem = %(problem)s
WHERE tenant_id = %(tenant_id)s AND sync_run_id = %(sync_run_id)s
