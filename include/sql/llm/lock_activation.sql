-- Purpose: let one process at a time decide what serves a task, until the transaction ends.
-- Grain: one lock a task. Parameters: task. Rerun: harmless.
SELECT pg_advisory_xact_lock(hashtext('llm.activation'), hashtext(%(task)s))
