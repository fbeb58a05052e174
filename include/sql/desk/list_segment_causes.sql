-- Purpose: who entered and left a segment in the last days, by cause, in steps of time.
-- Grain: one row a step, change and cause. Parameters: tenant_id, segment_id, days, step (day or week, in UTC).
-- Rerun: reads only.
SELECT
    date_trunc(%(step)s, run.finished_at, 'UTC') AS since, counted.change, counted.cause,
    sum(counted.people)::bigint AS people
FROM segment.run
CROSS JOIN LATERAL (
    -- In the order of its index, so that nothing is sorted.
    SELECT change.change, change.cause, count(*) AS people
    FROM segment.membership_change AS change
    WHERE change.tenant_id = %(tenant_id)s AND change.run_id = run.run_id
    GROUP BY change.change, change.cause
) AS counted
WHERE run.tenant_id = %(tenant_id)s AND run.segment_id = %(segment_id)s
  AND run.finished_at > now() - make_interval(days => %(days)s) AND run.entered + run.exited > 0
GROUP BY 1, counted.change, counted.cause
ORDER BY 1, counted.change, counted.cause
