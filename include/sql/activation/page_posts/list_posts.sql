-- Purpose: the posts of a tenant as a person reads them.
-- Grain: one row a post, the newest first.
-- Parameters: tenant_id, name (null: all), at_most.
-- Rerun: reads only.
SELECT
    post.post_id, post.name, post.version, post.state, post.state_changed_at, post.page_id, post.message, post.link,
    post.not_before, post.publish_by, post.requested_by, post.facebook_id, post.settled_by, last.outcome, last.answer,
    (
        SELECT string_agg(decision.decided_by, ', ' ORDER BY decision.decided_at)
        FROM activation.page_post_decision AS decision
        WHERE decision.tenant_id = post.tenant_id AND decision.post_id = post.post_id AND decision.version = post.version
    ) AS decided_by
FROM activation.page_post AS post
LEFT JOIN activation.page_post_attempt AS last
    ON last.tenant_id = post.tenant_id AND last.post_id = post.post_id AND last.fence = post.fence
WHERE post.tenant_id = %(tenant_id)s AND (%(name)s::text IS NULL OR post.name = %(name)s)
ORDER BY post.submitted_at DESC, post.post_id DESC
LIMIT %(at_most)s
