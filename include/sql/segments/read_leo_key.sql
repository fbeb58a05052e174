-- Purpose: the segment that a key of LEO's names.
-- Grain: one row or none.
-- Parameters: tenant_id, leo_key.
-- Rerun: reads only.
SELECT segment_id
FROM segment.leo_key
WHERE tenant_id = %(tenant_id)s AND leo_key = %(leo_key)s
