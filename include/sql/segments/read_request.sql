-- Purpose: one request.
-- Grain: one row.
-- Parameters: tenant_id, request_id.
-- Rerun: reads only.
SELECT request_id, text, requested_by, as_of, state, planner, sentence, unplaced, questions, problem,
    revises_request_id, edited_by, language, explanation
FROM segment.request
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
