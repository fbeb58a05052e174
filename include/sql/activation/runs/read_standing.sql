-- Purpose: where a run stands between the people who decide about it.
-- Grain: one row, or none where there is no such run.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
SELECT run.state, campaign.requested_by, run.approvals_needed
FROM activation.run
JOIN activation.campaign USING (tenant_id, campaign_id)
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_run_id = %(campaign_run_id)s
