-- Purpose: let one at a time add deliveries to a run, and not while it is being closed or stopped.
-- Grain: one row: whether it sends or has sent, and nobody paused, stopped or cancelled its campaign.
-- Parameters: tenant_id, campaign_run_id.
-- Rerun: holds until the transaction ends; run after lock_campaign of its campaign.
SELECT
    run.state IN ('sending', 'finished') AND campaign.paused_at IS NULL
    AND campaign.state NOT IN ('stopped', 'cancelled')
FROM activation.run
JOIN activation.campaign USING (tenant_id, campaign_id)
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_run_id = %(campaign_run_id)s
FOR UPDATE OF run
