-- Purpose: close the runs in which nothing is left to do, and the campaigns that run once.
-- Grain: one row a run that was closed.
-- Parameters: tenant_id.
-- Rerun: closes nothing the second time. Unknown deliveries wait for evidence, not for the run. A campaign that comes again
--        stays approved until its schedule ends.
--
-- Takes the campaigns before their runs, as everything does that holds both, and holds no delivery.
WITH idle AS MATERIALIZED (
    SELECT run.campaign_run_id, run.campaign_id
    FROM activation.run
    WHERE run.tenant_id = %(tenant_id)s AND run.state = 'sending' AND NOT EXISTS (
        SELECT FROM activation.delivery
        WHERE delivery.tenant_id = run.tenant_id AND delivery.campaign_run_id = run.campaign_run_id
          AND delivery.state IN ('ready', 'claimed', 'sending', 'retry')
    )
), held AS MATERIALIZED (
    SELECT campaign.campaign_id
    FROM activation.campaign
    WHERE campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id IN (SELECT campaign_id FROM idle)
    ORDER BY campaign.campaign_id
    FOR NO KEY UPDATE
), finished AS (
    UPDATE activation.run
    SET state = 'finished', finished_at = now()
    FROM idle
    JOIN held USING (campaign_id)
    WHERE run.tenant_id = %(tenant_id)s AND run.campaign_run_id = idle.campaign_run_id AND run.state = 'sending'
    RETURNING run.campaign_run_id, run.campaign_id, run.kind
), closed AS (
    UPDATE activation.campaign
    SET state = 'finished'
    FROM finished
    WHERE campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = finished.campaign_id
      AND finished.kind = 'campaign' AND campaign.schedule ->> 'kind' = 'once'
      AND campaign.state IN ('in_review', 'approved')
)
SELECT campaign_run_id FROM finished
