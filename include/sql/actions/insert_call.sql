-- Purpose: record one call of an action.
-- Grain: one row a call; of a request's call that did what it says, or asked back, one for ever.
-- Parameters: tenant_id, request_id (null: called directly), action, arguments, caller, permission, outcome, problem,
--             results.
-- Rerun: a call made again for the same request is not recorded twice.
INSERT INTO ops.action_call (
    tenant_id, request_id, action, arguments, caller, permission, outcome, problem, results
) VALUES (
    %(tenant_id)s, %(request_id)s, %(action)s, %(arguments)s, %(caller)s, %(permission)s, %(outcome)s, %(problem)s,
    %(results)s
)
ON CONFLICT (tenant_id, request_id, action, outcome) WHERE request_id IS NOT NULL AND outcome IN ('done', 'asked_back')
DO NOTHING
