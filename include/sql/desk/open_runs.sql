-- Purpose: the runs of a campaign that are not over, less tests. Grain: one row a run, in the order in which they are held.
-- Parameters: tenant_id, campaign_id. Rerun: reads only.
SELECT campaign_run_id
FROM activation.run
WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s AND kind = 'campaign'
  AND state IN ('planned', 'approved', 'sending')
ORDER BY campaign_run_id
