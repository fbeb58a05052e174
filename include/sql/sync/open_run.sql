-- Purpose: enter a run of the sync. Grain: one row. Parameters: tenant_id, orchestrator_run_id, as_of (null: from the
-- data). Rerun: the orchestrator's run has one row, whose id is read back by find_run.
INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, as_of)
VALUES (%(tenant_id)s, %(orchestrator_run_id)s, %(as_of)s)
ON CONFLICT (tenant_id, orchestrator_run_id) DO NOTHING
