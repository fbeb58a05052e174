-- Purpose: the newest whole evaluation of a prompt and model on a golden set.
-- Grain: at most one row. Parameters: task, prompt_hash, model, golden_hash. Rerun: reads only.
SELECT evaluation_id, evaluated_in, cases, exact, wrong, asked_back, no_answer
FROM llm.evaluation
WHERE task = %(task)s AND prompt_hash = %(prompt_hash)s AND model = %(model)s AND golden_hash = %(golden_hash)s
ORDER BY evaluation_id DESC
LIMIT 1
