-- Purpose: close the runs in which nothing is left to do, and the campaigns that run once.
-- Grain: one row a run that was closed.
-- Parameters: tenant_id, campaign_run_ids.
-- Rerun: closes nothing the second time. Unknown deliveries wait for evidence, not for the run. A campaign that comes again
--        stays approved until its schedule ends.
--
-- Run after hold_idle_runs in the same transaction, as a statement of its own: it then sees every delivery that was added
-- before the run was held.
WITH finished AS (
    UPDATE activation.run
    SET state = 'finished', finished_at = now()
    WHERE run.tenant_id = %(tenant_id)s AND run.campaign_run_id = ANY (%(campaign_run_ids)s) AND run.state = 'sending'
      AND NOT EXISTS (
          SELECT FROM activation.delivery
          WHERE delivery.tenant_id = run.tenant_id AND delivery.campaign_run_id = run.campaign_run_id
            AND delivery.state IN ('ready', 'claimed', 'sending', 'retry')
      )
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
