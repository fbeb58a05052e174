-- Purpose: the moment to which the graph was projected: ages are counted to it.
-- Grain: one row, with a null before the first sync.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT (
    SELECT as_of
    FROM ops.sync_run
    WHERE tenant_id = %(tenant_id)s AND state = 'projected'
    ORDER BY sync_run_id DESC
    LIMIT 1
) AS as_of
