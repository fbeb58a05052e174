-- Purpose: where a run stands. Grain: one row. Parameters: tenant_id, sync_run_id. Rerun: reads only.
SELECT sync_run_id, state, source_kind, as_of, counts, problem, mode, compare_graph, started_at
FROM ops.sync_run
WHERE tenant_id = %(tenant_id)s AND sync_run_id = %(sync_run_id)s
