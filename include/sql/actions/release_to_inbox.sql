-- Purpose: let the inbox collect a request at once: to be drafted, or for its review where it is drafted.
-- Grain: one request.
-- Parameters: tenant_id, request_id.
-- Rerun: changes nothing.
UPDATE segment.request
SET collected_at = NULL
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s AND state IN ('submitted', 'drafted')
