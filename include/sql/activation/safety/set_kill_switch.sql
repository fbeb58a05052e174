-- Purpose: engage or release the kill switch, for every tenant at once.
-- Grain: the one row.
-- Parameters: engaged, reason, changed_by.
-- Rerun: the last one holds.
UPDATE ops.kill_switch
SET engaged = %(engaged)s, reason = %(reason)s, changed_by = %(changed_by)s, changed_at = now()
