-- Purpose: what the projection of a run starts from: the run's as-of, and the as-of, beginning and graph schema of the
-- last run that brought the graph in line. Grain: one row. Parameters: tenant_id, sync_run_id. Rerun: reads only.
SELECT run.as_of, last.as_of AS last_as_of, last.started_at AS last_started_at, last.counts #>> '{graph,schema}' AS last_schema
FROM ops.sync_run AS run
LEFT JOIN LATERAL (
    SELECT as_of, started_at, counts
    FROM ops.sync_run AS earlier
    WHERE earlier.tenant_id = run.tenant_id AND earlier.state = 'projected'
    ORDER BY earlier.sync_run_id DESC
    LIMIT 1
) AS last ON true
WHERE run.tenant_id = %(tenant_id)s AND run.sync_run_id = %(sync_run_id)s
