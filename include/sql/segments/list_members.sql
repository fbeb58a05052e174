-- Purpose: the kept members of a segment.
-- Grain: one row a member, in the order of their ids.
-- Parameters: tenant_id, segment_id.
-- Rerun: reads only.
SELECT customer_id
FROM segment.membership
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
ORDER BY customer_id COLLATE "C"
