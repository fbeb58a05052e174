-- Purpose: a run that was given up must not merge its older rows over those of a later one.
-- Grain: one row an unfinished earlier run. Parameters: tenant_id, sync_run_id. Rerun: finds none.
UPDATE ops.sync_run
SET state = 'stopped', problem = format('Overtaken by sync run %%s.', %(sync_run_id)s::bigint), finished_at = now()
WHERE tenant_id = %(tenant_id)s AND sync_run_id < %(sync_run_id)s AND state NOT IN ('projected', 'stopped')
