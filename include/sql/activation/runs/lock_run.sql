-- Purpose: let one decision, stop or start at a time happen to a run.
-- Grain: one row, where the run stands; run after lock_campaign of its campaign.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: holds until the transaction ends.
SELECT state
FROM activation.run
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
FOR UPDATE
