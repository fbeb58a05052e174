-- Purpose: say how many people have to approve a run.
-- Grain: one row.
-- Parameters: tenant_id, campaign_run_id, approvals_needed.
-- Rerun: the last one holds.
UPDATE activation.run
SET approvals_needed = %(approvals_needed)s
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
