-- Purpose: which prompt and model serve a task.
-- Grain: at most one row. Parameters: task. Rerun: reads only.
SELECT prompt_version, prompt_hash, model, connection_id
FROM llm.activation
WHERE task = %(task)s AND decision = 'activated'
ORDER BY activation_id DESC
LIMIT 1
