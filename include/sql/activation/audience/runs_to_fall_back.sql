-- Purpose: the runs in which somebody may be tried on another channel: several channels, and a delivery that failed and
--          is not too late: what names no time to send in is tried for three days.
-- Grain: one row a run, the oldest first.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT run.campaign_run_id, run.campaign_id
FROM activation.run
JOIN activation.campaign USING (tenant_id, campaign_id)
WHERE run.tenant_id = %(tenant_id)s AND run.kind = 'campaign' AND run.state IN ('sending', 'finished')
  AND cardinality(campaign.channels) > 1 AND campaign.paused_at IS NULL
  AND campaign.state NOT IN ('stopped', 'cancelled')
  AND EXISTS (
      SELECT FROM activation.delivery
      WHERE delivery.tenant_id = run.tenant_id AND delivery.campaign_run_id = run.campaign_run_id
        AND delivery.state IN ('rejected', 'skipped') AND delivery.address_hash IS NOT NULL
        AND delivery.recipient_kind = 'customer'
        AND coalesce(delivery.send_by, run.planned_at + interval '3 days') > clock_timestamp()
  )
ORDER BY run.campaign_run_id
