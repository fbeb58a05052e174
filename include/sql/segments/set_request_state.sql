-- Purpose: move a request to the next state, with the reason where there is one.
-- Grain: one request.
-- Parameters: tenant_id, request_id, state, problem.
-- Rerun: writes the same again.
UPDATE segment.request
SET state = %(state)s, problem = %(problem)s, state_changed_at = now()
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
