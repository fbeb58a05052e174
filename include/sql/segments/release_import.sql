-- Purpose: let the next collection start the review of a request that was drafted with its plan.
-- Grain: one request.
-- Parameters: tenant_id, request_id.
-- Rerun: changes nothing once the review has begun.
UPDATE segment.request
SET collected_at = NULL
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s AND state = 'drafted'
