-- Purpose: a run that was closed sends again, because it got new deliveries; its campaign can be paused and cancelled again.
-- Grain: one row, or none where it is not closed.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: changes nothing. Run under the locks of the campaign and the run.
WITH reopened AS (
    UPDATE activation.run
    SET state = 'sending', finished_at = NULL
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s AND state = 'finished'
    RETURNING campaign_id, campaign_run_id
), revived AS (
    UPDATE activation.campaign
    SET state = 'approved'
    FROM reopened
    WHERE campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = reopened.campaign_id AND campaign.state = 'finished'
)
SELECT campaign_run_id FROM reopened
