-- Purpose: holds of a segment that wait, or were let pass and not used, and about which a refresh found something else.
-- Grain: one row a hold.
-- Parameters: tenant_id, segment_id, kept (the hold that stays, null: none).
-- Rerun: finds none.
UPDATE segment.held_refresh
SET state = 'lapsed'
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND state IN ('open', 'released')
  AND hold_id IS DISTINCT FROM %(kept)s::bigint
