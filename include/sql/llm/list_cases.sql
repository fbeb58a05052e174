-- Purpose: how the cases of one run of a golden set ended.
-- Grain: one row a case. Parameters: task, prompt_hash, model, golden_hash, evaluated_in. Rerun: reads only.
SELECT case_id, verdict
FROM llm.evaluation_case
WHERE task = %(task)s AND prompt_hash = %(prompt_hash)s AND model = %(model)s AND golden_hash = %(golden_hash)s
    AND evaluated_in = %(evaluated_in)s
ORDER BY case_id
