-- Purpose: since when a customer is a member of a segment.
-- Grain: one row, none where the customer is no member.
-- Parameters: tenant_id, segment_id, customer_id.
-- Rerun: reads only.
SELECT since
FROM segment.membership
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND customer_id = %(customer_id)s
