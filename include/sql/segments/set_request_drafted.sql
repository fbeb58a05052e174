-- Purpose: record what a request led to: a plan, questions, or a failure.
-- Grain: one request.
-- Parameters: tenant_id, request_id, state, planner, sentence, unplaced, questions, activation, problem, language,
--             explanation.
-- Rerun: writes the same again.
UPDATE segment.request
SET state = %(state)s, planner = %(planner)s, sentence = %(sentence)s, unplaced = %(unplaced)s,
    questions = %(questions)s, activation = %(activation)s, problem = %(problem)s, language = %(language)s,
    explanation = %(explanation)s, state_changed_at = now()
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
