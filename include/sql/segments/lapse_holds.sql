-- Purpose: holds of a segment that wait, or were let pass and not used, and about which a refresh found something else.
-- Grain: one row a hold.
-- Parameters: tenant_id, segment_id, version, found, entered, exited, keep_same (whether a hold of about these numbers
--             stays, as find_same_hold means it).
-- Rerun: finds none.
UPDATE segment.held_refresh
SET state = 'lapsed'
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND state IN ('open', 'released')
  AND NOT (
      %(keep_same)s AND version = %(version)s
      AND 10 * abs(found - %(found)s) <= found
      AND 10 * abs(entered - %(entered)s) <= entered
      AND 10 * abs(exited - %(exited)s) <= exited
  )
