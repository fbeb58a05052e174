-- Purpose: what became of a run, for whoever is told of it.
-- Grain: one row, or none where there is no such run.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
SELECT
    campaign.name, campaign.requested_by, run.state, run.kind = 'test' AS is_test, run.within_limits, run.decided_by,
    run.stop_reason, coalesce(step.kept, 0)::bigint AS to_send,
    (
        SELECT approval.note
        FROM activation.approval
        WHERE approval.tenant_id = run.tenant_id AND approval.campaign_run_id = run.campaign_run_id
          AND approval.note IS NOT NULL
        ORDER BY approval.recorded_at DESC
        LIMIT 1
    ) AS note
FROM activation.run
JOIN activation.campaign USING (tenant_id, campaign_id)
LEFT JOIN activation.audience_step AS step
    ON step.tenant_id = run.tenant_id AND step.campaign_run_id = run.campaign_run_id AND step.step = 'to_send'
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_run_id = %(campaign_run_id)s
