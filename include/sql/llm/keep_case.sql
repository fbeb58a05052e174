-- Purpose: keep how one case of a golden set ended, so that an interrupted run need not ask it again.
-- Grain: one row a case and run.
-- Parameters: task, prompt_hash, model, golden_hash, evaluated_in, case_id (the key), verdict, input_tokens,
--             output_tokens, cost_micro_usd.
-- Rerun: the first answer stays.
INSERT INTO llm.evaluation_case (
    task, prompt_hash, model, golden_hash, evaluated_in, case_id, verdict, input_tokens, output_tokens, cost_micro_usd
) VALUES (
    %(task)s, %(prompt_hash)s, %(model)s, %(golden_hash)s, %(evaluated_in)s, %(case_id)s, %(verdict)s,
    %(input_tokens)s, %(output_tokens)s, %(cost_micro_usd)s
)
ON CONFLICT DO NOTHING
