-- Purpose: what was decided about a held refresh, and since when it is held.
-- Grain: one row, none where there is no such hold. Parameters: tenant_id, hold_id. Rerun: reads only.
SELECT opened_at, state, decided_by, decided_at, note
FROM segment.held_refresh
WHERE tenant_id = %(tenant_id)s AND hold_id = %(hold_id)s
