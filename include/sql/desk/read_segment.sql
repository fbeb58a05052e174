-- Purpose: one segment: its newest version that was approved, with its preview, and who decided.
-- Grain: one row, none where there is no such segment. Parameters: tenant_id, segment_id. Rerun: reads only.
SELECT
    definition.segment_id, definition.version, definition.name, definition.state, definition.sentence, definition.cypher,
    definition.parameters, definition.hash, definition.request_id, definition.created_at, definition.activated_at,
    definition.retired_at, definition.retired_by, preview.funnel, preview.as_of AS previewed_as_of, preview.overlapping,
    approval.decided_by, approval.decided_at, version_limit.max_members AS largest_size,
    version_limit.max_change_percent AS largest_change_percent,
    (
        SELECT count(*)
        FROM segment.membership AS member
        WHERE member.tenant_id = definition.tenant_id AND member.segment_id = definition.segment_id
    ) AS members
FROM segment.definition
LEFT JOIN segment.preview USING (tenant_id, segment_id, version)
LEFT JOIN segment.approval USING (tenant_id, segment_id, version)
LEFT JOIN segment.version_limit USING (tenant_id, segment_id, version)
WHERE definition.tenant_id = %(tenant_id)s AND definition.segment_id = %(segment_id)s AND definition.state <> 'draft'
ORDER BY definition.version DESC
LIMIT 1
