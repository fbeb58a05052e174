-- Purpose: record a refresh.
-- Grain: one row a call; returns its id.
-- Parameters: tenant_id, segment_id, version, as_of, interest_model, member_count, entered, exited, asked (null: all customers).
-- Rerun: the caller records a second refresh of the same version and as_of only where something changed.
INSERT INTO segment.run (
    tenant_id, segment_id, version, as_of, interest_model, member_count, entered, exited, asked
)
VALUES (
    %(tenant_id)s, %(segment_id)s, %(version)s, %(as_of)s, %(interest_model)s, %(member_count)s, %(entered)s,
    %(exited)s, %(asked)s
)
RETURNING run_id
