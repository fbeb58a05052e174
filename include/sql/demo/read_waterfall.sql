-- Purpose: the waterfall of a run. Grain: one row a step. Parameters: campaign_run_id.
-- Rerun: reads only.
SELECT step, kept, dropped
FROM activation.audience_step
WHERE campaign_run_id = %(campaign_run_id)s
ORDER BY position
