-- Purpose: put a call to a language model on record before its first byte is sent.
-- Grain: one row a call. Parameters: the tenant and the fields of leo_activation.llm.calls.SentCall.
-- Rerun: not idempotent, and meant so: every call is made once and costs once.
INSERT INTO llm.call (
    tenant_id, task, prompt_name, prompt_version, prompt_hash, model, request_id,
    reserved_tokens, reserved_micro_usd, outcome, occurred_at
) VALUES (
    %(tenant_id)s, %(task)s, %(prompt_name)s, %(prompt_version)s, %(prompt_hash)s, %(model)s, %(request_id)s,
    %(reserved_tokens)s, %(reserved_micro_usd)s, 'sent', %(occurred_at)s
)
RETURNING call_id
