-- Purpose: what an approver should know of other segments: the version that this one would replace, and active
--          segments that are defined exactly alike.
-- Grain: one row a related active definition.
-- Parameters: tenant_id, segment_id, version, hash.
-- Rerun: reads only.
SELECT segment_id, version, name, segment_id = %(segment_id)s AS is_replaced
FROM segment.definition
WHERE tenant_id = %(tenant_id)s AND state = 'active'
  AND ((segment_id = %(segment_id)s AND version <> %(version)s)
       OR (segment_id <> %(segment_id)s AND hash = %(hash)s))
ORDER BY segment_id
