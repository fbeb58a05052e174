-- Purpose: a run that was closed sends again, because it got new deliveries.
-- Grain: one row, or none where it is not closed.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: changes nothing.
UPDATE activation.run
SET state = 'sending', finished_at = NULL
WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND state = 'finished'
