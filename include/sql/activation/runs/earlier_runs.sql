-- Purpose: what came before a run of a campaign: its last run that concerned somebody, and what was approved of the same
--          hash.
-- Grain: one row; null columns where there is nothing of the kind.
-- Parameters: tenant_id, campaign_id, campaign_run_id, hash.
-- Rerun: reads only.
WITH earlier AS (
    SELECT run.campaign_run_id, run.state, run.hash, run.version, run.planned_at, step.kept AS to_send
    FROM activation.run
    LEFT JOIN activation.audience_step AS step
        ON step.tenant_id = run.tenant_id AND step.campaign_run_id = run.campaign_run_id AND step.step = 'to_send'
    WHERE run.tenant_id = %(tenant_id)s AND run.campaign_id = %(campaign_id)s AND run.kind = 'campaign'
      AND run.campaign_run_id < %(campaign_run_id)s
), last AS (
    -- One that went to nobody was asked about by nobody: it makes up for no rejection before it.
    SELECT * FROM earlier WHERE state <> 'finished' OR to_send > 0 ORDER BY campaign_run_id DESC LIMIT 1
), alike AS (
    -- Runs of exactly this content that people or limits let pass.
    SELECT * FROM earlier WHERE hash = %(hash)s AND state IN ('approved', 'sending', 'finished')
)
SELECT
    last.campaign_run_id, last.state, last.hash, last.version, last.planned_at, last.to_send,
    (SELECT to_send FROM alike WHERE to_send > 0 ORDER BY campaign_run_id DESC LIMIT 1) AS last_alike,
    (
        SELECT coalesce(max(people.approvals), 0)
        FROM (
            SELECT count(*) AS approvals
            FROM activation.approval
            JOIN alike USING (campaign_run_id)
            WHERE approval.tenant_id = %(tenant_id)s AND approval.decision = 'approve' AND approval.hash = %(hash)s
            GROUP BY approval.campaign_run_id
        ) AS people
    ) AS approvals
FROM (SELECT) AS one
LEFT JOIN last ON true
