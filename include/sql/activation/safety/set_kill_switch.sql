-- Purpose: engage or release the kill switch, for every tenant at once.
-- Grain: the one row, or none where it is not as it was seen.
-- Parameters: engaged, reason, changed_by; seen_at, when the change was made that somebody has seen (null: any).
-- Rerun: the last one holds.
UPDATE ops.kill_switch
SET engaged = %(engaged)s, reason = %(reason)s, changed_by = %(changed_by)s, changed_at = now()
WHERE %(seen_at)s::timestamptz IS NULL OR changed_at = %(seen_at)s
