-- Purpose: the waterfall of a run.
-- Grain: one row a step, in order.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
SELECT step, kept, dropped
FROM activation.audience_step
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
ORDER BY position
