-- Purpose: hold a refresh.
-- Grain: one row a call; returns its id.
-- Parameters: tenant_id, segment_id, version, as_of, members, found, entered, exited.
-- Rerun: the caller looks for an equal one first.
INSERT INTO segment.held_refresh (tenant_id, segment_id, version, as_of, members, found, entered, exited)
VALUES (
    %(tenant_id)s, %(segment_id)s, %(version)s, %(as_of)s, %(members)s, %(found)s, %(entered)s, %(exited)s
)
RETURNING hold_id
