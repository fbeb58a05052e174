-- Purpose: the replays of a file, and every run that is not over.
-- Grain: one row a run. Parameters: tenant_id, name (of the file's replays). Rerun: reads only.
SELECT sync_run_id, orchestrator_run_id, state
FROM ops.sync_run
WHERE tenant_id = %(tenant_id)s
  AND (starts_with(orchestrator_run_id, %(name)s) OR state NOT IN ('projected', 'stopped'))
ORDER BY sync_run_id
