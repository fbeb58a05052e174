-- Purpose: write what became of a call: at its answer, and once more when it is known whether the answer fitted.
-- Grain: one row of llm.call. Parameters: tenant, call_id, and the fields of leo_activation.llm.calls.CallEnd.
-- Rerun: the same end twice is the same row; a call that has ended otherwise is not changed.
UPDATE llm.call
SET outcome = %(outcome)s,
    input_tokens = %(input_tokens)s,
    output_tokens = %(output_tokens)s,
    cost_micro_usd = %(cost_micro_usd)s,
    latency_ms = %(latency_ms)s,
    answered_by = %(answered_by)s
WHERE tenant_id = %(tenant_id)s AND call_id = %(call_id)s AND outcome IN ('sent', 'answered')
