-- Purpose: a run of a campaign.
-- Grain: one row.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: reads only.
SELECT campaign_id, as_of, segment_version, hash, state, planned_at
FROM activation.run
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
