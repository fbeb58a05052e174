-- Purpose: the decision of a person about a held refresh.
-- Grain: one row.
-- Parameters: tenant_id, hold_id, state, decided_by, decided_at, note.
-- Rerun: changes nothing once it was decided.
UPDATE segment.held_refresh
SET state = %(state)s, decided_by = %(decided_by)s, decided_at = %(decided_at)s, note = %(note)s
WHERE tenant_id = %(tenant_id)s AND hold_id = %(hold_id)s AND state = 'open'
