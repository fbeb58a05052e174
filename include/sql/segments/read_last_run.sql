-- Purpose: the latest refresh of a segment.
-- Grain: one row, none before the first.
-- Parameters: tenant_id, segment_id.
-- Rerun: reads only.
SELECT run_id, version, as_of, interest_model, finished_at
FROM segment.run
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
ORDER BY run_id DESC
LIMIT 1
