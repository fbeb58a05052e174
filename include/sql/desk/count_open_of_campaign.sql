-- Purpose: how many messages of a campaign's open runs are not begun, and so are held by a pause and cancelled by a stop.
-- Grain: one row. Parameters: tenant_id, campaign_id. Rerun: reads only.
SELECT count(*) AS messages
FROM activation.run
JOIN activation.delivery USING (tenant_id, campaign_run_id)
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_id = %(campaign_id)s AND run.kind = 'campaign'
  AND run.state IN ('planned', 'approved', 'sending')
  AND delivery.state IN ('planned', 'ready', 'claimed', 'retry')
