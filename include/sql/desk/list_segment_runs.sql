-- Purpose: the sizes of a segment in the last days, the oldest first; of many refreshes in the period only the last one of
--          each day. The sums are of all of them.
-- Grain: one row a refresh, or a day. Parameters: tenant_id, segment_id, days, most (refreshes before only days are told).
-- Rerun: reads only.
WITH known AS (
    SELECT
        run_id, version, finished_at, member_count,
        count(*) OVER () AS refreshes, sum(entered) OVER () AS entered, sum(exited) OVER () AS exited,
        row_number() OVER (PARTITION BY (finished_at AT TIME ZONE 'UTC')::date ORDER BY run_id DESC) AS from_last
    FROM segment.run
    WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
      AND finished_at > now() - make_interval(days => %(days)s)
)
SELECT run_id, version, finished_at, member_count, refreshes, entered, exited
FROM known
WHERE refreshes <= %(most)s OR from_last = 1
ORDER BY run_id
