-- Purpose: what a second reading of a model's plan found.
-- Grain: one row, none where no model made the plan.
-- Parameters: tenant_id, request_id.
-- Rerun: reads only.
SELECT agrees, differences, problem, model, prompt_version
FROM segment.plan_review
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
