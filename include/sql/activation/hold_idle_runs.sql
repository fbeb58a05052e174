-- Purpose: hold the runs in which nothing seems left to do, so that nobody adds to them any more.
-- Grain: one row a run, held with its campaign until the transaction ends.
-- Parameters: tenant_id.
-- Rerun: holds again.
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
)
SELECT run.campaign_run_id
FROM activation.run
WHERE run.tenant_id = %(tenant_id)s AND run.state = 'sending'
  AND run.campaign_run_id IN (SELECT idle.campaign_run_id FROM idle JOIN held USING (campaign_id))
ORDER BY run.campaign_run_id
FOR NO KEY UPDATE
