-- Purpose: the latest hold of a segment that a person has not used up, where it is of about these numbers:
--          of each no more than a tenth more or less.
-- Grain: one row or none: its id and state (open, released or rejected).
-- Parameters: tenant_id, segment_id, version, found, entered, exited.
-- Rerun: reads only.
SELECT latest.hold_id, latest.state
FROM (
    SELECT hold_id, state, version, found, entered, exited
    FROM segment.held_refresh
    WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
    ORDER BY hold_id DESC
    LIMIT 1
) AS latest
WHERE latest.state IN ('open', 'released', 'rejected')
  AND latest.version = %(version)s
  AND 10 * abs(latest.found - %(found)s) <= latest.found
  AND 10 * abs(latest.entered - %(entered)s) <= latest.entered
  AND 10 * abs(latest.exited - %(exited)s) <= latest.exited
