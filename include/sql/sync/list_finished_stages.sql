-- Purpose: the schemas of the tenant's runs that need no stage any more. Grain: one row a schema.
-- Parameters: tenant_id. Rerun: reads only.
SELECT nspname
FROM ops.sync_run
JOIN pg_namespace ON nspname = 'stage_' || sync_run_id
WHERE tenant_id = %(tenant_id)s AND state IN ('projected', 'stopped')
