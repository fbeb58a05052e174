-- Purpose: stop a run for good: nothing that has not begun is sent any more.
-- Grain: one row, the number of deliveries that were cancelled.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: cancels what is still open; a delivery in sending keeps its own end.
WITH stopped AS (
    UPDATE activation.run
    SET state = 'stopped', finished_at = now()
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
      AND state IN ('planned', 'approved', 'sending')
    RETURNING campaign_id
), halted AS (
    UPDATE activation.campaign
    SET state = 'stopped'
    FROM stopped
    WHERE campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = stopped.campaign_id
), cancelled AS (
    UPDATE activation.delivery
    SET state = 'cancelled', leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
    WHERE tenant_id = %(tenant_id)s AND campaign_run_id = %(campaign_run_id)s
      AND state IN ('planned', 'ready', 'claimed', 'retry') AND EXISTS (SELECT FROM stopped)
    RETURNING delivery_id
)
SELECT count(*) FROM cancelled
