-- Purpose: the posts whose end is not known, to be looked for in their Page's feed.
-- Grain: one row a post, the oldest first, with when its last attempt began.
-- Parameters: tenant_id, page_id, younger_than (interval: beyond it nobody looks any more), at_most.
-- Rerun: reads only.
SELECT post.post_id, post.fence, post.message, attempt.started_at
FROM activation.page_post AS post
JOIN activation.page_post_attempt AS attempt USING (tenant_id, post_id, fence)
WHERE post.tenant_id = %(tenant_id)s AND post.page_id = %(page_id)s AND post.state = 'unknown'
  AND attempt.started_at > clock_timestamp() - %(younger_than)s::interval
ORDER BY attempt.started_at, post.post_id
LIMIT %(at_most)s
