-- Purpose: put the end of an attempt on record, and move its post where it is still this attempt's.
-- Grain: one row, the post's state after it; none where the post moved on.
-- Parameters: tenant_id, post_id, fence, outcome, phase, answer, facebook_id, retry_after (interval), most_attempts (null: no end).
-- Rerun: the first answer stands. An answer that comes after the attempt was given up is kept, and settles it where it proves
-- an end; one that says only that it may be tried again leaves it unknown.
WITH noted AS (
    UPDATE activation.page_post_attempt
    SET outcome = %(outcome)s, phase = %(phase)s, answer = %(answer)s, finished_at = clock_timestamp()
    WHERE tenant_id = %(tenant_id)s AND post_id = %(post_id)s AND fence = %(fence)s AND finished_at IS NULL
)
UPDATE activation.page_post AS post
SET state = CASE %(outcome)s
        WHEN 'accepted' THEN 'published'
        WHEN 'rejected' THEN 'refused'
        WHEN 'unknown' THEN 'unknown'
        ELSE CASE
            WHEN post.state = 'unknown' THEN 'unknown'
            WHEN post.attempts >= %(most_attempts)s::integer THEN 'refused'
            ELSE 'approved'
        END
    END,
    state_changed_at = clock_timestamp(),
    facebook_id = coalesce(post.facebook_id, %(facebook_id)s),
    settled_by = CASE WHEN %(outcome)s IN ('accepted', 'rejected') THEN 'answer' END,
    next_attempt_at = clock_timestamp() + %(retry_after)s::interval
WHERE post.tenant_id = %(tenant_id)s AND post.post_id = %(post_id)s AND post.fence = %(fence)s
  AND post.state IN ('publishing', 'unknown')
RETURNING post.state
