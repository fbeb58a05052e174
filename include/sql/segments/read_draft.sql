-- Purpose: what a request led to, in a few words.
-- Grain: one row, none before it was drafted.
-- Parameters: tenant_id, request_id.
-- Rerun: reads only.
SELECT definition.segment_id, definition.version, definition.hash, preview.member_count
FROM segment.definition AS definition
JOIN segment.preview AS preview USING (tenant_id, segment_id, version)
WHERE definition.tenant_id = %(tenant_id)s AND definition.request_id = %(request_id)s
