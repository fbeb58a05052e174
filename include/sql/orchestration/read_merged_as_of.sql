-- Purpose: what "now" means for the tables as they are: of the last sync that merged, whether or not the graph followed.
-- Grain: one row, or none.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT as_of
FROM ops.sync_run
WHERE tenant_id = %(tenant_id)s AND state IN ('merged', 'projected') AND as_of IS NOT NULL
ORDER BY sync_run_id DESC
LIMIT 1
