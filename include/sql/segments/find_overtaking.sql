-- Purpose: what overtakes a definition that waits for its approval: a follow-up to its request that is not settled
--          against it, or a newer version of its segment that is active already.
-- Grain: one row: the latest such follow-up and its state or nulls, the newer active version or null.
-- Parameters: tenant_id, request_id, segment_id, version.
-- Rerun: reads only.
SELECT follow_up.request_id, follow_up.state, newer.version
FROM (VALUES (1)) AS one
LEFT JOIN (
    SELECT request_id, state
    FROM segment.request
    WHERE tenant_id = %(tenant_id)s AND revises_request_id = %(request_id)s
      AND state IN ('submitted', 'drafted', 'needs_clarification', 'in_review', 'approved')
    ORDER BY request_id DESC
    LIMIT 1
) AS follow_up ON true
LEFT JOIN segment.definition AS newer
    ON newer.tenant_id = %(tenant_id)s AND newer.segment_id = %(segment_id)s AND newer.state = 'active'
    AND newer.version > %(version)s
