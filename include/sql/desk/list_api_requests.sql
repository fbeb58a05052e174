-- Purpose: requests as a program is told of them, the newest first, or one of them.
-- Grain: one row a request, with the version that it led to.
-- Parameters: tenant_id; request_id (or null: all); requested_by and state (or null: of everybody, in any state); before
--             (a request id, or null); most.
-- Rerun: reads only.
SELECT
    request.request_id, request.text, request.requested_by, request.requested_at, request.state,
    request.state_changed_at, request.revises_request_id, request.sentence, answer.answer, request.questions,
    request.problem, definition.segment_id, definition.version, preview.member_count
FROM segment.request
LEFT JOIN segment.answer USING (tenant_id, request_id)
LEFT JOIN segment.definition AS definition USING (tenant_id, request_id)
LEFT JOIN segment.preview AS preview USING (tenant_id, segment_id, version)
WHERE request.tenant_id = %(tenant_id)s
  AND (%(request_id)s::bigint IS NULL OR request.request_id = %(request_id)s)
  AND (%(requested_by)s::text IS NULL OR request.requested_by = %(requested_by)s)
  AND (%(state)s::text IS NULL OR request.state = %(state)s)
  AND (%(before)s::bigint IS NULL OR request.request_id < %(before)s)
ORDER BY request.request_id DESC
LIMIT %(most)s
