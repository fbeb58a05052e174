-- Purpose: whether a run of Airflow has brought a tenant's data into the warehouse and its graph.
-- Grain: one row where it has, none where it has not.
-- Parameters: tenant_id, orchestrator_run_id.
-- Rerun: reads only.
SELECT sync_run_id
FROM ops.sync_run
WHERE tenant_id = %(tenant_id)s AND orchestrator_run_id = %(orchestrator_run_id)s AND state = 'projected'
