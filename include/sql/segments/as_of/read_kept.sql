-- Purpose: what the refreshes until a moment had kept of a segment.
-- Grain: one row, none where there was no refresh. Parameters: tenant_id, segment_id, then (the moment). Rerun: reads only.
SELECT run.member_count, run.version, run.as_of
FROM segment.run
WHERE run.tenant_id = %(tenant_id)s AND run.segment_id = %(segment_id)s AND run.as_of <= %(then)s
ORDER BY run.run_id DESC
LIMIT 1
