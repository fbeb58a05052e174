-- Purpose: one writer of a segment at a time: versions are numbered and memberships changed one after another.
-- Grain: one lock a segment, until the transaction ends.
-- Parameters: tenant_id, segment_id.
-- Rerun: waits, changes nothing.
SELECT pg_advisory_xact_lock(hashtext('segments'), hashtext(%(tenant_id)s || ':' || %(segment_id)s))
