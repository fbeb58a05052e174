-- Purpose: whether it was decided already, on this golden set, if a prompt and a model may serve.
-- Grain: one row. Parameters: task, prompt_hash, model, golden_hash. Rerun: reads only.
SELECT EXISTS (
    SELECT FROM llm.activation AS activation
    JOIN llm.evaluation AS evaluation USING (evaluation_id)
    WHERE activation.task = %(task)s AND activation.prompt_hash = %(prompt_hash)s AND activation.model = %(model)s
        AND evaluation.golden_hash = %(golden_hash)s
)
