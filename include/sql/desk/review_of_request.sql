-- Purpose: where a request stands between the people who decide about it, and what came of it so far.
-- Grain: one row, none where there is no such request. Parameters: tenant_id, request_id. Rerun: reads only.
SELECT
    request.state, request.problem, request.requested_by, request.edited_by, request.requested_at, request.text,
    request.revises_request_id, request.language, request.activation, definition.plan, definition.segment_id,
    definition.version, definition.name,
    definition.created_at AS drafted_at, preview.previewed_at, preview.took_ms,
    approval.decision, approval.decided_by, approval.decided_at, approval.note,
    (
        SELECT array_agg(later.request_id ORDER BY later.request_id)
        FROM segment.request AS later
        WHERE later.tenant_id = request.tenant_id AND later.revises_request_id = request.request_id
    ) AS revised_by
FROM segment.request
LEFT JOIN segment.definition AS definition USING (tenant_id, request_id)
LEFT JOIN segment.preview AS preview USING (tenant_id, segment_id, version)
LEFT JOIN segment.approval AS approval USING (tenant_id, segment_id, version)
WHERE request.tenant_id = %(tenant_id)s AND request.request_id = %(request_id)s
