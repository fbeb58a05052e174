-- Purpose: sum up a run of a golden set once every case of it has been asked; nothing before.
-- Grain: at most one row of llm.evaluation.
-- Parameters: task, prompt_hash, model, golden_hash, evaluated_in (the key), prompt_version, how many cases
--             the set has.
-- Rerun: a run that was summed up stays as it is.
INSERT INTO llm.evaluation (
    task, prompt_version, prompt_hash, model, golden_hash, evaluated_in,
    cases, exact, wrong, asked_back, no_answer, input_tokens, output_tokens, cost_micro_usd
)
SELECT
    %(task)s, %(prompt_version)s, %(prompt_hash)s, %(model)s, %(golden_hash)s, %(evaluated_in)s,
    count(*),
    count(*) FILTER (WHERE verdict = 'exact'),
    count(*) FILTER (WHERE verdict = 'wrong'),
    count(*) FILTER (WHERE verdict = 'asked_back'),
    count(*) FILTER (WHERE verdict = 'no_answer'),
    sum(input_tokens),
    sum(output_tokens),
    CASE WHEN count(cost_micro_usd) = count(*) THEN sum(cost_micro_usd) END
FROM llm.evaluation_case
WHERE task = %(task)s AND prompt_hash = %(prompt_hash)s AND model = %(model)s AND golden_hash = %(golden_hash)s
    AND evaluated_in = %(evaluated_in)s
HAVING count(*) = %(cases)s
ON CONFLICT DO NOTHING
