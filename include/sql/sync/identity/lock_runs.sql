-- Purpose: keep a decision about a campaign's run, or its stop, and the moving of its deliveries in one order: both take
-- the run first.
-- Grain: one row a run in which an absorbed customer, or who absorbed it, has a delivery. Parameters: tenant_id,
-- sync_run_id. Rerun: holds again.
SELECT run.campaign_run_id
FROM activation.run
WHERE run.tenant_id = %(tenant_id)s AND run.campaign_run_id IN (
    SELECT delivery.campaign_run_id
    FROM core.customer_merge AS merge
    JOIN activation.delivery AS delivery ON delivery.tenant_id = %(tenant_id)s
        AND delivery.customer_id IN (merge.absorbed_id, merge.survivor_id)
    WHERE merge.tenant_id = %(tenant_id)s
      AND (merge.sync_run_id = %(sync_run_id)s OR merge.deliveries_left
           OR merge.merge_id IN (SELECT merge_id FROM closed_merge))
)
ORDER BY run.campaign_run_id
FOR NO KEY UPDATE
