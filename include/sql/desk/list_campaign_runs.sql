-- Purpose: the runs of a campaign, the newest first, each with its waterfall's ends; tests among them.
-- Grain: one row a run. Parameters: tenant_id, campaign_id, before (a run's id, or null), only (one run's id, or null),
-- kind (campaign or test, or null), most.
-- Rerun: reads only. Where their deliveries stand is not counted here: that takes as long as a run is large.
SELECT
    run.campaign_run_id, run.kind, run.version, run.due_at, run.planned_at, run.state, run.stop_reason, run.decided_by,
    run.decided_at, run.finished_at, run.within_limits, run.hash,
    matched.kept AS matched, to_send.kept AS to_send
FROM activation.run
LEFT JOIN activation.audience_step AS matched
    ON matched.tenant_id = run.tenant_id AND matched.campaign_run_id = run.campaign_run_id AND matched.step = 'matched'
LEFT JOIN activation.audience_step AS to_send
    ON to_send.tenant_id = run.tenant_id AND to_send.campaign_run_id = run.campaign_run_id AND to_send.step = 'to_send'
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_id = %(campaign_id)s
  AND (%(before)s::bigint IS NULL OR run.campaign_run_id < %(before)s)
  AND (%(kind)s::text IS NULL OR run.kind = %(kind)s)
  AND (%(only)s::bigint IS NULL OR run.campaign_run_id = %(only)s)
ORDER BY run.campaign_run_id DESC
LIMIT %(most)s
