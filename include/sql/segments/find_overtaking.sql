-- Purpose: what has overtaken a definition that waits for its approval: a follow-up to its request that is not settled
--          against it, or a newer version of its segment that is active already.
-- Grain: one row: the earliest such follow-up or null, the newer active version or null.
-- Parameters: tenant_id, request_id, segment_id, version.
-- Rerun: reads only.
SELECT
    (
        SELECT min(follow_up.request_id)
        FROM segment.request AS follow_up
        WHERE follow_up.tenant_id = %(tenant_id)s AND follow_up.revises_request_id = %(request_id)s
          AND follow_up.state IN ('submitted', 'drafted', 'needs_clarification', 'in_review', 'approved')
    ) AS follow_up,
    (
        SELECT active.version
        FROM segment.definition AS active
        WHERE active.tenant_id = %(tenant_id)s AND active.segment_id = %(segment_id)s AND active.state = 'active'
          AND active.version > %(version)s
    ) AS newer_version
