-- Purpose: the posts that nobody has decided about.
-- Grain: one row a post, the oldest first.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT post_id, version
FROM activation.page_post
WHERE tenant_id = %(tenant_id)s AND state = 'submitted' AND publish_by > clock_timestamp()
ORDER BY post_id
