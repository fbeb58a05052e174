-- Purpose: the approved runs that have something due now, whatever ended the task that sent them.
-- Grain: one row a run, the most urgent campaign first.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT run.campaign_run_id
FROM activation.run
JOIN activation.campaign USING (tenant_id, campaign_id)
WHERE run.tenant_id = %(tenant_id)s AND run.state IN ('approved', 'sending')
  AND (campaign.paused_at IS NULL OR run.kind = 'test')
  AND EXISTS (
      SELECT FROM activation.delivery
      WHERE delivery.tenant_id = run.tenant_id AND delivery.campaign_run_id = run.campaign_run_id
        AND delivery.state IN ('ready', 'retry')
        AND (delivery.not_before IS NULL OR delivery.not_before <= now())
  )
ORDER BY campaign.priority, run.campaign_run_id
