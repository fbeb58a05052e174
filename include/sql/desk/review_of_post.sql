-- Purpose: a post on a Facebook Page with what was decided about its last version.
-- Grain: one row, none where there is no such post. Parameters: tenant_id, post_id. Rerun: reads only.
SELECT
    post.post_id, post.name, post.version, post.page_id, post.message, post.link, post.not_before, post.publish_by,
    post.requested_by, post.hash, post.state, post.submitted_at, decision.decision, decision.decided_by,
    decision.decided_at, decision.note
FROM activation.page_post AS post
LEFT JOIN LATERAL (
    SELECT made.decision, made.decided_by, made.decided_at, made.note
    FROM activation.page_post_decision AS made
    WHERE made.tenant_id = post.tenant_id AND made.post_id = post.post_id AND made.version = post.version
    ORDER BY made.decided_at DESC
    LIMIT 1
) AS decision ON true
WHERE post.tenant_id = %(tenant_id)s AND post.post_id = %(post_id)s
