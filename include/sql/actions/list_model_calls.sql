-- Purpose: the calls of language models that were made for a request, in their order, without any words.
-- Grain: one row a call.
-- Parameters: tenant_id, request_id.
-- Rerun: reads only.
SELECT call_id, task, prompt_name, prompt_version, model, input_tokens, output_tokens, cost_micro_usd, latency_ms, outcome
FROM llm.call
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
ORDER BY call_id
