-- Purpose: where a campaign's run stands between the people who decide about it.
-- Grain: one row, none where there is no such run. Parameters: tenant_id, campaign_run_id. Rerun: reads only.
SELECT
    run.state, run.campaign_id, campaign.name, campaign.requested_by, run.planned_at, run.hash, run.decided_by,
    run.decided_at, run.within_limits, run.stop_reason, run.approvals_needed,
    (
        SELECT coalesce(jsonb_agg(jsonb_build_object(
            'decision', approval.decision, 'by', approval.decided_by, 'at', approval.decided_at, 'note', approval.note
        ) ORDER BY approval.recorded_at, approval.decided_by), '[]')
        FROM activation.approval
        WHERE approval.tenant_id = run.tenant_id AND approval.campaign_run_id = run.campaign_run_id
    ) AS approvals
FROM activation.run
JOIN activation.campaign AS campaign USING (tenant_id, campaign_id)
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_run_id = %(campaign_run_id)s AND run.kind = 'campaign'
