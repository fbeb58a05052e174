-- Purpose: by which version of which prompt, and which model, the plan of a request was made.
-- Grain: one row: the last call for a plan; none where no model was asked.
-- Parameters: tenant_id, request_id.
-- Rerun: reads only.
SELECT prompt_name AS prompt, prompt_version AS version, model
FROM llm.call
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s AND prompt_name IN ('plan_segment', 'revise_segment')
ORDER BY call_id DESC
LIMIT 1
