-- Purpose: the segments of the campaign of a run.
-- Grain: one row, or none.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
SELECT array_prepend(campaign.segment_id, campaign.more_segment_ids), campaign.without_segment_ids
FROM activation.run
JOIN activation.campaign USING (tenant_id, campaign_id)
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_run_id = %(campaign_run_id)s
