-- Purpose: the last merge of the tenant, where the graph was not brought in line with it.
-- Grain: one row or none.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT last.sync_run_id
FROM (
    SELECT sync_run_id, state
    FROM ops.sync_run
    WHERE tenant_id = %(tenant_id)s AND (counts ? 'merged' OR state IN ('merged', 'projected'))
    ORDER BY sync_run_id DESC
    LIMIT 1
) AS last
WHERE last.state <> 'projected'
