-- Purpose: how a customer came into a segment and left it.
-- Grain: one row an entry or exit, the newest first, at most five.
-- Parameters: tenant_id, segment_id, customer_id.
-- Rerun: reads only.
SELECT change.change, change.changed_at, change.run_id, run.version, change.cause, change.evidence
FROM segment.membership_change AS change
JOIN segment.run AS run USING (tenant_id, run_id)
WHERE change.tenant_id = %(tenant_id)s AND change.segment_id = %(segment_id)s
  AND change.customer_id = %(customer_id)s
ORDER BY change.run_id DESC
LIMIT 5
