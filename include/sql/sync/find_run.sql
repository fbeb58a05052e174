-- Purpose: the run that an orchestrator's run id stands for. Grain: one row.
-- Parameters: tenant_id, orchestrator_run_id. Rerun: reads only.
SELECT sync_run_id
FROM ops.sync_run
WHERE tenant_id = %(tenant_id)s AND orchestrator_run_id = %(orchestrator_run_id)s
