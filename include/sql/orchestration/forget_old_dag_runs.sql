-- Purpose: forget how long DAG runs took that ended long ago.
-- Grain: one row a run, the oldest first, at most so many at a time.
-- Parameters: kept_days, at_most.
-- Rerun: the next ones go.
DELETE FROM ops.dag_run
WHERE (dag_id, run_id) IN (
    SELECT dag_id, run_id
    FROM ops.dag_run
    WHERE ended_at < now() - make_interval(days => %(kept_days)s)
    ORDER BY ended_at
    LIMIT %(at_most)s
)
