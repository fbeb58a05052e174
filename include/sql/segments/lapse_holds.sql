-- Purpose: holds of a segment that wait, or were let pass and not used, and about which a refresh found something else.
-- Grain: one row a hold.
-- Parameters: tenant_id, segment_id, version, members, found, entered, exited, keep_same (whether a hold of exactly these
--             numbers stays).
-- Rerun: finds none.
UPDATE segment.held_refresh
SET state = 'lapsed'
WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s AND state IN ('open', 'released')
  AND NOT (%(keep_same)s AND (version, members, found, entered, exited) = (
      %(version)s, %(members)s, %(found)s, %(entered)s, %(exited)s
  ))
