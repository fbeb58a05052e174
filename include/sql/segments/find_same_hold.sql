-- Purpose: the latest hold of a segment that a person has not used up, where it is of exactly these numbers.
-- Grain: one row or none: its id and state (open, released or rejected).
-- Parameters: tenant_id, segment_id, version, members, found, entered, exited.
-- Rerun: reads only.
SELECT latest.hold_id, latest.state
FROM (
    SELECT hold_id, state, version, members, found, entered, exited
    FROM segment.held_refresh
    WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
    ORDER BY hold_id DESC
    LIMIT 1
) AS latest
WHERE latest.state IN ('open', 'released', 'rejected')
  AND (latest.version, latest.members, latest.found, latest.entered, latest.exited) = (
      %(version)s, %(members)s, %(found)s, %(entered)s, %(exited)s
  )
