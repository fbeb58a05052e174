-- Purpose: end what nobody works on any more: an attempt without an answer is unknown, never approved again; a post whose
-- time is over expires.
-- Grain: one row a post that moved, with its new state.
-- Parameters: tenant_id, lease (how long an attempt may take).
-- Rerun: moves nothing the second time.
WITH held AS MATERIALIZED (
    SELECT post.post_id, CASE WHEN post.state = 'publishing' THEN 'unknown' ELSE 'expired' END AS state
    FROM activation.page_post AS post
    WHERE post.tenant_id = %(tenant_id)s AND (
        (post.state = 'publishing' AND post.state_changed_at <= clock_timestamp() - %(lease)s::interval)
        OR (post.state IN ('submitted', 'approved') AND post.publish_by <= clock_timestamp())
    )
    ORDER BY post.post_id
    FOR NO KEY UPDATE
)
UPDATE activation.page_post AS post
SET state = held.state, state_changed_at = clock_timestamp()
FROM held
WHERE post.tenant_id = %(tenant_id)s AND post.post_id = held.post_id
RETURNING post.post_id, post.state
