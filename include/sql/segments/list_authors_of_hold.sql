-- Purpose: who asked for the version of a held refresh, or edited what was asked: they cannot decide about it.
-- Grain: one row a person.
-- Parameters: tenant_id, hold_id.
-- Rerun: reads only.
SELECT DISTINCT author
FROM segment.held_refresh AS hold
JOIN segment.definition AS definition USING (tenant_id, segment_id, version)
JOIN segment.request AS request
    ON request.tenant_id = definition.tenant_id AND request.request_id = definition.request_id
CROSS JOIN LATERAL (VALUES (request.requested_by), (request.edited_by)) AS by (author)
WHERE hold.tenant_id = %(tenant_id)s AND hold.hold_id = %(hold_id)s AND author IS NOT NULL
