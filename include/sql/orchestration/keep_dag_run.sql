-- Purpose: note how a DAG run ended.
-- Grain: one row.
-- Parameters: dag_id, run_id, scope (a tenant id, or '*'), run_type, state, queued_at (may be null), started_at, ended_at,
--     waits_for_people.
-- Rerun: the last end of a run counts; one that was cleared and ran again has one row.
INSERT INTO ops.dag_run (
    dag_id, run_id, scope, run_type, state, queued_at, started_at, ended_at, waits_for_people
)
VALUES (
    %(dag_id)s, %(run_id)s, %(scope)s, %(run_type)s, %(state)s, %(queued_at)s, %(started_at)s, %(ended_at)s,
    %(waits_for_people)s
)
ON CONFLICT (dag_id, run_id) DO UPDATE SET
    scope = excluded.scope, run_type = excluded.run_type, state = excluded.state, queued_at = excluded.queued_at,
    started_at = excluded.started_at, ended_at = excluded.ended_at, waits_for_people = excluded.waits_for_people,
    noted_at = clock_timestamp()
