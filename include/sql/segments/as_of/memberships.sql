-- Purpose: who was a member of which segment, by the refreshes until then.
-- Grain: one row a segment and member.
-- Parameters: tenant_id, then (the moment), known_until.
-- Rerun: reads only.
SELECT last.segment_id, last.customer_id
FROM (
    SELECT DISTINCT ON (change.segment_id, change.customer_id) change.segment_id, change.customer_id, change.change
    FROM segment.membership_change AS change
    JOIN segment.run AS run USING (tenant_id, run_id)
    WHERE change.tenant_id = %(tenant_id)s AND change.changed_at <= %(then)s AND run.finished_at < %(known_until)s
    ORDER BY change.segment_id, change.customer_id, change.run_id DESC
) AS last
WHERE last.change = 'enter'
