-- Purpose: the definition that a request changes: of the request before it, else of the nearest one before that.
-- Grain: one row, none where no request of the line was ever drafted.
--        What an approved request wanted sent is a campaign already, and no second one is made of it.
-- Parameters: tenant_id, request_id: the request that is changed.
-- Rerun: reads only.
WITH RECURSIVE line AS (
    SELECT request_id, revises_request_id
    FROM segment.request
    WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
    UNION ALL
    SELECT earlier.request_id, earlier.revises_request_id
    FROM line
    JOIN segment.request AS earlier
        ON earlier.tenant_id = %(tenant_id)s AND earlier.request_id = line.revises_request_id
)
SELECT definition.segment_id, definition.name, definition.plan, request.sentence,
    CASE WHEN request.state <> 'approved' THEN request.activation END AS activation
FROM line
JOIN segment.definition AS definition
    ON definition.tenant_id = %(tenant_id)s AND definition.request_id = line.request_id
JOIN segment.request AS request
    ON request.tenant_id = %(tenant_id)s AND request.request_id = line.request_id
-- A request changes only an earlier one, so the highest id is the nearest.
ORDER BY line.request_id DESC
LIMIT 1
