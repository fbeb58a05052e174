-- Purpose: the last refresh of a segment before the last days: with how many members they begin, and of which version.
-- Grain: one row, none where there was none. Parameters: tenant_id, segment_id, days. Rerun: reads only.
SELECT member_count, version, finished_at
FROM segment.run
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
  AND finished_at <= now() - make_interval(days => %(days)s)
ORDER BY run_id DESC
LIMIT 1
