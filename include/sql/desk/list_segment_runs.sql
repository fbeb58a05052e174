-- Purpose: the refreshes of a segment in the last days, the oldest first, with who entered and left by cause.
-- Grain: one row a refresh. Parameters: tenant_id, segment_id, days. Rerun: reads only.
SELECT
    run.run_id, run.version, run.as_of, run.finished_at, run.member_count, run.entered, run.exited, cause.counts
FROM segment.run
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(counted.change || ':' || counted.cause, counted.people) AS counts
    FROM (
        SELECT change.change, change.cause, count(*) AS people
        FROM segment.membership_change AS change
        WHERE change.tenant_id = run.tenant_id AND change.run_id = run.run_id
        GROUP BY change.change, change.cause
    ) AS counted
) AS cause ON run.entered + run.exited > 0
WHERE run.tenant_id = %(tenant_id)s AND run.segment_id = %(segment_id)s
  AND run.finished_at > now() - make_interval(days => %(days)s)
ORDER BY run.run_id
LIMIT 500
