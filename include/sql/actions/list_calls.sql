-- Purpose: the calls of actions that were made for a request, in their order.
-- Grain: one row a call.
-- Parameters: tenant_id, request_id.
-- Rerun: reads only.
SELECT call_id, action, arguments, caller, outcome, problem, results
FROM ops.action_call
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
ORDER BY call_id
