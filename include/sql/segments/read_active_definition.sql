-- Purpose: the active version of a segment with the approval that it rests on.
-- Grain: one row, none where the segment has no active version; approved_hash is null where nobody approved it.
-- Parameters: tenant_id, segment_id.
-- Rerun: reads only.
SELECT definition.version, definition.plan, definition.meaning, definition.hash, approval.hash AS approved_hash
FROM segment.definition AS definition
LEFT JOIN segment.approval AS approval
    ON approval.tenant_id = definition.tenant_id AND approval.segment_id = definition.segment_id
    AND approval.version = definition.version AND approval.decision = 'approve'
WHERE definition.tenant_id = %(tenant_id)s AND definition.segment_id = %(segment_id)s AND definition.state = 'active'
