-- Purpose: keep what a second reading of a model's plan found, or why there was none.
-- Grain: one row a request.
-- Parameters: tenant_id, request_id, agrees, differences, problem, model, prompt_version.
-- Rerun: the finding of the last draft stands: a request that failed is drafted again.
INSERT INTO segment.plan_review (tenant_id, request_id, agrees, differences, problem, model, prompt_version)
VALUES (
    %(tenant_id)s, %(request_id)s, %(agrees)s, %(differences)s, %(problem)s, %(model)s, %(prompt_version)s
)
ON CONFLICT (tenant_id, request_id) DO UPDATE
SET agrees = excluded.agrees, differences = excluded.differences, problem = excluded.problem, model = excluded.model,
    prompt_version = excluded.prompt_version, reviewed_at = now()
