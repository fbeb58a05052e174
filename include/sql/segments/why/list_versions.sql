-- Purpose: the versions of a segment, whatever became of them.
-- Grain: one row a version, the oldest first; none where there is no such segment.
-- Parameters: tenant_id, segment_id.
-- Rerun: reads only.
SELECT version, state, name, plan, meaning, hash
FROM segment.definition
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
ORDER BY version
