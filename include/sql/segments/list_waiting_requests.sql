-- Purpose: the requests that nobody has drafted yet, oldest first.
-- Grain: one row a request.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT request_id
FROM segment.request
WHERE tenant_id = %(tenant_id)s AND state = 'submitted'
ORDER BY request_id
