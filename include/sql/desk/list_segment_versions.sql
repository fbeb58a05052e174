-- Purpose: the versions of a segment, the newest first, and the campaigns that are for it or leave it out.
-- Grain: one row a version. Parameters: tenant_id, segment_id. Rerun: reads only.
SELECT
    definition.version, definition.state, definition.sentence, definition.request_id, definition.created_at,
    approval.decision, approval.decided_by, approval.decided_at
FROM segment.definition
LEFT JOIN segment.approval USING (tenant_id, segment_id, version)
WHERE definition.tenant_id = %(tenant_id)s AND definition.segment_id = %(segment_id)s
ORDER BY definition.version DESC
LIMIT 50
