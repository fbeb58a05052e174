-- Purpose: the campaigns that come again and have no run open: those whose schedule is over can be closed.
-- Grain: one row a campaign, held.
-- Parameters: tenant_id.
-- Rerun: holds until the transaction ends.
SELECT campaign.campaign_id, campaign.schedule, tenant.time_zone, clock_timestamp() AS now
FROM activation.campaign
JOIN ops.tenant USING (tenant_id)
WHERE campaign.tenant_id = %(tenant_id)s AND campaign.state IN ('ready', 'approved')
  AND campaign.schedule ->> 'until' IS NOT NULL AND NOT EXISTS (
      SELECT FROM activation.run
      WHERE run.tenant_id = campaign.tenant_id AND run.campaign_id = campaign.campaign_id
        AND run.kind = 'campaign' AND run.state IN ('planned', 'approved', 'sending')
  )
ORDER BY campaign.campaign_id
FOR UPDATE OF campaign
