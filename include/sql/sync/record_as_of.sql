-- Purpose: what "now" means downstream of a run that was not given it: the first midnight in UTC after the latest
-- event, so that every event lies in a window that ends there; without any event, the midnight after the run began.
-- Grain: one row. Parameters: tenant_id, sync_run_id. Rerun: an as_of that is set stays.
UPDATE ops.sync_run
SET as_of = date_trunc('day', coalesce(
        (SELECT max(occurred_at) FROM core.event WHERE tenant_id = %(tenant_id)s), started_at
    ), 'UTC') + interval '1 day'
WHERE tenant_id = %(tenant_id)s AND sync_run_id = %(sync_run_id)s AND as_of IS NULL
