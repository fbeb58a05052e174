-- Purpose: what the DNS last said of a sending domain, and whether a check of it has ever passed.
-- Grain: one row, or none where it was never checked.
-- Parameters: tenant_id, domain, stale_after (how long a check is good for).
-- Rerun: reads only.
SELECT
    checked_at, passed, checks, checked_at < now() - %(stale_after)s::interval AS is_stale,
    bool_or(passed) OVER () AS has_passed
FROM activation.preflight
WHERE tenant_id = %(tenant_id)s AND domain = %(domain)s
ORDER BY checked_at DESC
LIMIT 1
