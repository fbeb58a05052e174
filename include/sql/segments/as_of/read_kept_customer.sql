-- Purpose: whether the refreshes until a moment had kept a customer in a segment, and since when.
-- Grain: one row, none where the customer had never been in it. Parameters: tenant_id, segment_id, customer_id, then (the
--        moment). Rerun: reads only.
SELECT change.change, change.changed_at
FROM segment.membership_change AS change
WHERE change.tenant_id = %(tenant_id)s AND change.segment_id = %(segment_id)s
  AND change.customer_id = %(customer_id)s AND change.changed_at <= %(then)s
ORDER BY change.run_id DESC
LIMIT 1
