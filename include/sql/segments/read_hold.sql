-- Purpose: a held refresh with its segment and the limits that it is beyond.
-- Grain: one row or none.
-- Parameters: tenant_id, hold_id.
-- Rerun: reads only.
SELECT
    hold.hold_id, hold.segment_id, hold.version, definition.name, hold.as_of, hold.members, hold.found, hold.entered,
    hold.exited, hold.state, bound.max_members, bound.max_change_percent,
    coalesce(request.requested_by, '') AS requested_by, request.request_id
FROM segment.held_refresh AS hold
JOIN segment.definition AS definition USING (tenant_id, segment_id, version)
LEFT JOIN segment.version_limit AS bound USING (tenant_id, segment_id, version)
LEFT JOIN segment.request AS request
    ON request.tenant_id = definition.tenant_id AND request.request_id = definition.request_id
WHERE hold.tenant_id = %(tenant_id)s AND hold.hold_id = %(hold_id)s
