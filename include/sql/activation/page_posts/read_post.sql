-- Purpose: a post, to be shown or decided about; held until the end of the transaction where it is to change.
-- Grain: one row, or none where there is no such post.
-- Parameters: tenant_id, post_id.
-- Rerun: reads only.
SELECT post_id, name, version, page_id, message, link, not_before, publish_by, requested_by, hash, state
FROM activation.page_post
WHERE tenant_id = %(tenant_id)s AND post_id = %(post_id)s
FOR NO KEY UPDATE
