-- Purpose: how far the customers found are from the membership kept, of those asked.
-- Grain: one row: members kept now, of all; entering; exiting.
-- Parameters: tenant_id, segment_id, asks_all; reads found_member and asked_customer.
-- Rerun: reads only.
SELECT
    (
        SELECT count(*)
        FROM segment.membership AS kept
        WHERE kept.tenant_id = %(tenant_id)s AND kept.segment_id = %(segment_id)s
    ),
    count(*) FILTER (WHERE member.customer_id IS NULL AND found.customer_id IS NOT NULL),
    count(*) FILTER (WHERE found.customer_id IS NULL AND member.customer_id IS NOT NULL)
FROM found_member AS found
FULL JOIN (
    SELECT customer_id
    FROM segment.membership
    WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
      AND (%(asks_all)s OR customer_id IN (SELECT asked.customer_id FROM asked_customer AS asked))
) AS member USING (customer_id)
