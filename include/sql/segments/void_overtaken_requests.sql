-- Purpose: void the requests that a follow-up overtakes before anybody decided about them, so that nobody approves a
--          stale one.
-- Grain: one row a request voided, itself among those that the follow-up changes, directly or through others.
-- Parameters: tenant_id, request_id: the follow-up, problem: the reason in words.
-- Rerun: changes nothing a second time.
WITH RECURSIVE line AS (
    SELECT revises_request_id AS request_id
    FROM segment.request
    WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
    UNION ALL
    SELECT earlier.revises_request_id
    FROM line
    JOIN segment.request AS earlier
        ON earlier.tenant_id = %(tenant_id)s AND earlier.request_id = line.request_id
), overtaken AS (
    -- The latest first, as every follow-up of one line locks them.
    SELECT request.request_id
    FROM segment.request AS request
    JOIN line USING (request_id)
    WHERE request.tenant_id = %(tenant_id)s AND request.state IN ('drafted', 'in_review')
    ORDER BY request.request_id DESC
    FOR UPDATE OF request
)
UPDATE segment.request AS request
SET state = 'voided', problem = %(problem)s, state_changed_at = now()
FROM overtaken
WHERE request.tenant_id = %(tenant_id)s AND request.request_id = overtaken.request_id
RETURNING request.request_id
