-- Purpose: how far the customers found are from the membership kept.
-- Grain: one row: found, entering, exiting.
-- Parameters: tenant_id, segment_id; reads found_member.
-- Rerun: reads only.
SELECT
    count(found.customer_id),
    count(*) FILTER (WHERE member.customer_id IS NULL),
    count(*) FILTER (WHERE found.customer_id IS NULL)
FROM found_member AS found
FULL JOIN (
    SELECT customer_id FROM segment.membership WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
) AS member USING (customer_id)
