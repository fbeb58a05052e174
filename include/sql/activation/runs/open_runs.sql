-- Purpose: the runs of a campaign that are not over, holding them.
-- Grain: one row a run, in a fixed order so that two cannot wait for each other.
-- Parameters: tenant_id, campaign_id.
-- Rerun: holds until the transaction ends; run after lock_campaign.
SELECT campaign_run_id
FROM activation.run
WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s AND kind = 'campaign'
  AND state IN ('planned', 'approved', 'sending')
ORDER BY campaign_run_id
FOR UPDATE
