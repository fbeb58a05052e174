-- Purpose: record what a person decided about a post's hash, and move the post.
-- Grain: one row, the post's new state.
-- Parameters: tenant_id, post_id, version, hash, decision, decided_by, decided_at, note, state (approved or rejected).
-- Rerun: the first decision of a person stands. Run while the post is held and submitted.
WITH said AS (
    INSERT INTO activation.page_post_decision (tenant_id, post_id, version, hash, decision, decided_by, decided_at, note)
    VALUES (
        %(tenant_id)s, %(post_id)s, %(version)s, %(hash)s, %(decision)s, %(decided_by)s, %(decided_at)s, %(note)s
    )
    ON CONFLICT DO NOTHING
)
UPDATE activation.page_post
SET state = %(state)s, state_changed_at = clock_timestamp()
WHERE tenant_id = %(tenant_id)s AND post_id = %(post_id)s AND state = 'submitted' AND version = %(version)s
  AND hash = %(hash)s
RETURNING state
