-- Purpose: let a prompt and a model serve a task from now on.
-- Grain: one row of llm.activation, append-only. Parameters: its columns.
-- Rerun: not idempotent; the caller holds the task's lock and has seen that something else serves.
INSERT INTO llm.activation (
    task, prompt_version, prompt_hash, model, connection_id, evaluation_id, compared_with
) VALUES (
    %(task)s, %(prompt_version)s, %(prompt_hash)s, %(model)s, %(connection_id)s, %(evaluation_id)s, %(compared_with)s
)
