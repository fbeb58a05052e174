-- Purpose: put a call to a language model on record before its first byte is sent.
-- Grain: one row a call. Parameters: the tenant, the fields of leo_activation.llm.calls.SentCall, and the
-- budget of the day that the call was held against (day_tokens_limit, day_micro_usd_limit; null: no limit).
-- Rerun: not idempotent, and meant so: every call is made once and costs once.
INSERT INTO llm.call (
    tenant_id, task, prompt_name, prompt_version, prompt_hash, model, request_id,
    reserved_tokens, reserved_micro_usd, day_tokens_limit, day_micro_usd_limit, outcome, occurred_at
) VALUES (
    %(tenant_id)s, %(task)s, %(prompt_name)s, %(prompt_version)s, %(prompt_hash)s, %(model)s, %(request_id)s,
    %(reserved_tokens)s, %(reserved_micro_usd)s, %(day_tokens_limit)s, %(day_micro_usd_limit)s, 'sent', %(occurred_at)s
)
RETURNING call_id
