-- Purpose: enter a run of the sync. The graph is compared as a whole where the tenant's last merge was not projected (a
-- first run, or one that was given up between the two), and in the comparison.
-- Grain: one row. Parameters: tenant_id, orchestrator_run_id, as_of (null: the moment at which the source stands still, else
-- from the data), mode.
-- Rerun: the orchestrator's run has one row, whose id is read back by find_run.
INSERT INTO ops.sync_run (tenant_id, orchestrator_run_id, as_of, mode, compare_graph)
SELECT
    %(tenant_id)s,
    %(orchestrator_run_id)s,
    coalesce(%(as_of)s, (SELECT stands_still_at FROM ops.source WHERE tenant_id = %(tenant_id)s)),
    %(mode)s,
    %(mode)s = 'comparison' OR coalesce((
        SELECT state <> 'projected'
        FROM ops.sync_run
        WHERE tenant_id = %(tenant_id)s AND counts ? 'merged'
        ORDER BY sync_run_id DESC
        LIMIT 1
    ), true)
ON CONFLICT (tenant_id, orchestrator_run_id) DO NOTHING
