-- Purpose: keep a decision about a prompt and a model: they serve the task from now on, or they are blocked.
-- Grain: one row of llm.activation, append-only. Parameters: its columns.
-- Rerun: not idempotent; the caller holds the task's lock and has seen what serves.
INSERT INTO llm.activation (
    task, prompt_version, prompt_hash, model, connection_id, decision, evaluation_id, compared_with
) VALUES (
    %(task)s, %(prompt_version)s, %(prompt_hash)s, %(model)s, %(connection_id)s, %(decision)s, %(evaluation_id)s,
    %(compared_with)s
)
