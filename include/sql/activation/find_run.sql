-- Purpose: the run that an orchestrator run planned.
-- Grain: one row, or none.
-- Parameters: tenant_id, campaign_id, orchestrator_run_id.
-- Rerun: reads only.
SELECT campaign_run_id
FROM activation.run
WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s AND orchestrator_run_id = %(orchestrator_run_id)s
