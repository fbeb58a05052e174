-- Purpose: a page of the requests, the newest first, each with what came of it.
-- Grain: one row a request.
-- Parameters: tenant_id; requested_by and state (or null: of everybody, in any state); before (a request id, or null); most.
-- Rerun: reads only.
SELECT
    request.request_id, request.text, request.requested_by, request.state, request.requested_at,
    request.state_changed_at, request.problem, request.questions, request.unplaced, request.revises_request_id,
    definition.segment_id, definition.version, definition.name, preview.member_count, approval.decided_by,
    approval.note, hold.expires_at
FROM segment.request
LEFT JOIN segment.definition AS definition USING (tenant_id, request_id)
LEFT JOIN segment.preview AS preview USING (tenant_id, segment_id, version)
LEFT JOIN segment.approval AS approval USING (tenant_id, segment_id, version)
LEFT JOIN LATERAL (
    SELECT round.expires_at
    FROM ops.review_round AS round
    WHERE round.tenant_id = request.tenant_id
      AND round.reviewed LIKE 'draft_segment/request-' || request.tenant_id || '-' || request.request_id || '/%%'
    ORDER BY round.round DESC
    LIMIT 1
) AS hold ON request.state = 'in_review'
WHERE request.tenant_id = %(tenant_id)s
  AND (%(requested_by)s::text IS NULL OR request.requested_by = %(requested_by)s)
  AND (%(state)s::text IS NULL OR request.state = %(state)s)
  AND (%(before)s::bigint IS NULL OR request.request_id < %(before)s)
ORDER BY request.request_id DESC
LIMIT %(most)s
