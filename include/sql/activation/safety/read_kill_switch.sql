-- Purpose: how the switch of the whole installation stands, and who changed it last.
-- Grain: the one row. Parameters: none. Rerun: reads only.
SELECT engaged, reason, changed_by, changed_at FROM ops.kill_switch
