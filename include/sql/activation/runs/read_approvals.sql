-- Purpose: who has approved a run, of the hash that it was planned with.
-- Grain: one row a person, in the order in which they decided.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
SELECT approval.decided_by
FROM activation.approval
JOIN activation.run USING (tenant_id, campaign_run_id)
WHERE approval.tenant_id = %(tenant_id)s AND approval.campaign_run_id = %(campaign_run_id)s
  AND approval.decision = 'approve' AND approval.hash = run.hash
ORDER BY approval.recorded_at, approval.decided_by
