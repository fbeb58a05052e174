-- Purpose: the post of a name as it stands.
-- Grain: one row, or none where there is no such post.
-- Parameters: tenant_id, name.
-- Rerun: reads only.
SELECT post_id, version, state, hash
FROM activation.page_post
WHERE tenant_id = %(tenant_id)s AND name = %(name)s
