-- Purpose: a run's step is done: its state and counts, in the transaction of the step's work.
-- Grain: one row. Parameters: tenant_id, sync_run_id, state, step, counts (JSON).
-- Rerun: a step that is done is not done again.
UPDATE ops.sync_run
SET state = %(state)s,
    counts = counts || jsonb_build_object(%(step)s::text, %(counts)s::jsonb),
    finished_at = CASE WHEN %(state)s IN ('projected', 'stopped') THEN now() END
WHERE tenant_id = %(tenant_id)s AND sync_run_id = %(sync_run_id)s
