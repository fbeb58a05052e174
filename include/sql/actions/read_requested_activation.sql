-- Purpose: what an approved request wants sent to its segment.
-- Grain: one row; none where it wants nothing sent, or its definition is not the active one.
-- Parameters: tenant_id, request_id.
-- Rerun: reads only.
SELECT definition.segment_id, request.activation, request.requested_by, request.language
FROM segment.request
JOIN segment.definition USING (tenant_id, request_id)
WHERE request.tenant_id = %(tenant_id)s AND request.request_id = %(request_id)s
  AND request.state = 'approved' AND definition.state = 'active' AND request.activation ->> 'channel' IS NOT NULL
