-- Purpose: who wrote a part of a request that nobody has approved yet: who asked, whose edit it is, and the same of the
--          requests that it changes, back to the nearest that was approved.
-- Grain: one row a person.
-- Parameters: tenant_id, request_id.
-- Rerun: reads only.
WITH RECURSIVE line AS (
    SELECT request_id, revises_request_id, requested_by, edited_by
    FROM segment.request
    WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
    UNION ALL
    SELECT earlier.request_id, earlier.revises_request_id, earlier.requested_by, earlier.edited_by
    FROM line
    JOIN segment.request AS earlier
        ON earlier.tenant_id = %(tenant_id)s AND earlier.request_id = line.revises_request_id
    WHERE earlier.state <> 'approved'
)
SELECT DISTINCT author
FROM line
CROSS JOIN LATERAL (VALUES (line.requested_by), (line.edited_by)) AS wrote (author)
WHERE author IS NOT NULL
ORDER BY author
