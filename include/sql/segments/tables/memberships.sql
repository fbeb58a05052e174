-- Purpose: who is a member of which segment.
-- Grain: one row a segment and member.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT segment_id, customer_id
FROM segment.membership
WHERE tenant_id = %(tenant_id)s
