-- Purpose: take in a post, or other words for one that nobody has tried to publish yet.
-- Grain: one post; none is changed that stands so already, is published, on its way, or whose end is not known.
-- Parameters: tenant_id, name, page_id, message, link, not_before, publish_by, requested_by, hash.
-- Rerun: the same words change nothing while they wait or are approved; anything else is a new version to be decided about.
INSERT INTO activation.page_post AS post (
    tenant_id, name, page_id, message, link, not_before, publish_by, requested_by, hash
)
VALUES (
    %(tenant_id)s, %(name)s, %(page_id)s, %(message)s, %(link)s, %(not_before)s, %(publish_by)s, %(requested_by)s, %(hash)s
)
ON CONFLICT (tenant_id, name) DO UPDATE SET
    page_id = excluded.page_id, message = excluded.message, link = excluded.link, not_before = excluded.not_before,
    publish_by = excluded.publish_by, hash = excluded.hash, requested_by = excluded.requested_by,
    version = post.version + 1, state = 'submitted', state_changed_at = clock_timestamp(), attempts = 0,
    next_attempt_at = NULL, submitted_at = clock_timestamp()
WHERE post.state IN ('rejected', 'expired', 'withdrawn', 'refused')
    OR (post.state IN ('submitted', 'approved') AND post.hash <> excluded.hash)
