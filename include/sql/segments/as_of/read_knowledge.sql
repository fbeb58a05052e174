-- Purpose: until when the tables know: the as-of of the last complete sync, when the last one ended, and the as-of of the
--          first one that changed them.
-- Grain: one row, of nulls before the first sync.
-- Parameters: tenant_id.
-- Rerun: reads only.
WITH changing AS (
    SELECT sync_run_id, as_of, state, coalesce(finished_at, started_at) AS ended_at
    FROM ops.sync_run
    WHERE tenant_id = %(tenant_id)s AND as_of IS NOT NULL
      AND (state IN ('merged', 'projected') OR counts ? 'merged')
)
SELECT
    (SELECT as_of FROM changing WHERE state = 'projected' ORDER BY sync_run_id DESC LIMIT 1),
    (SELECT max(ended_at) FROM changing),
    (SELECT as_of FROM changing ORDER BY sync_run_id LIMIT 1)
