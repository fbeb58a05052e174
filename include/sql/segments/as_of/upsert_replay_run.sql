-- Purpose: enter a replay.
-- Grain: one row a request and state of knowledge; returns its id.
-- Parameters: tenant_id, segment_id, version, definition_hash, request_hash, first_moment, last_moment, moments,
--             within_days, as_known_now, known_as_of, notes.
-- Rerun: the same request by the same state of knowledge has one row, whose id is returned again.
INSERT INTO segment.replay_run (
    tenant_id, segment_id, version, definition_hash, request_hash, first_moment, last_moment, moments, within_days,
    as_known_now, known_as_of, notes
)
VALUES (
    %(tenant_id)s, %(segment_id)s, %(version)s, %(definition_hash)s, %(request_hash)s, %(first_moment)s,
    %(last_moment)s, %(moments)s, %(within_days)s, %(as_known_now)s, %(known_as_of)s, %(notes)s
)
ON CONFLICT (tenant_id, request_hash, known_as_of) DO UPDATE SET notes = excluded.notes, replayed_at = now()
RETURNING replay_id
