-- Purpose: what a follow-up changes: the nearest request before it that has a definition, and what that found.
-- Grain: one row, none for a request of its own.
-- Parameters: tenant_id, request_id: the follow-up.
-- Rerun: reads only.
WITH RECURSIVE line AS (
    SELECT revises_request_id AS request_id
    FROM segment.request
    WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
    UNION ALL
    SELECT earlier.revises_request_id
    FROM line
    JOIN segment.request AS earlier
        ON earlier.tenant_id = %(tenant_id)s AND earlier.request_id = line.request_id
)
SELECT line.request_id, definition.sentence, preview.member_count, preview.funnel
FROM line
JOIN segment.definition AS definition
    ON definition.tenant_id = %(tenant_id)s AND definition.request_id = line.request_id
JOIN segment.preview AS preview USING (tenant_id, segment_id, version)
-- A request changes only an earlier one, so the highest id is the nearest.
ORDER BY line.request_id DESC
LIMIT 1
