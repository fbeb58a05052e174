-- Purpose: keep what one call to a language model cost and how it ended.
-- Grain: one row a call, append-only. Parameters: the tenant and the fields of leo_activation.llm.calls.LlmCall.
-- Rerun: not idempotent, and meant so: every call is made once and costs once.
INSERT INTO llm.call (
    tenant_id, task, prompt_name, prompt_version, prompt_hash, model, request_id,
    input_tokens, output_tokens, cost_micro_usd, latency_ms, outcome, occurred_at
) VALUES (
    %(tenant_id)s, %(task)s, %(prompt_name)s, %(prompt_version)s, %(prompt_hash)s, %(model)s, %(request_id)s,
    %(input_tokens)s, %(output_tokens)s, %(cost_micro_usd)s, %(latency_ms)s, %(outcome)s, %(occurred_at)s
)
