-- Purpose: a sync that had read the person before they were erased does not go on; the next one reads anew.
-- Grain: one row a run. Parameters: tenant_id. Rerun: finds none.
UPDATE ops.sync_run
SET state = 'stopped', problem = 'A person was erased meanwhile; start another run.', finished_at = clock_timestamp()
WHERE tenant_id = %(tenant_id)s AND state NOT IN ('projected', 'stopped')
