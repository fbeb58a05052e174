-- Purpose: what every active segment says.
-- Grain: one row a segment.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT segment_id, plan
FROM segment.definition
WHERE tenant_id = %(tenant_id)s AND state = 'active'
ORDER BY segment_id
