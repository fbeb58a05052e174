-- Purpose: hold a held refresh against others who would decide it.
-- Grain: one row, locked until the transaction ends.
-- Parameters: tenant_id, hold_id.
-- Rerun: waits, changes nothing.
SELECT FROM segment.held_refresh
WHERE tenant_id = %(tenant_id)s AND hold_id = %(hold_id)s
FOR UPDATE
