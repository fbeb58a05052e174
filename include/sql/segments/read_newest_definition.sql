-- Purpose: the newest version of a segment, whatever its state.
-- Grain: one row or none.
-- Parameters: tenant_id, segment_id.
-- Rerun: reads only.
SELECT version, state, plan
FROM segment.definition
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
ORDER BY version DESC
LIMIT 1
