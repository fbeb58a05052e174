-- Purpose: remember the merges of which a worker still holds a delivery, so that a later run moves it.
-- Grain: one row a merge. Parameters: tenant_id, sync_run_id. Rerun: finds no difference.
UPDATE core.customer_merge AS merge
SET deliveries_left = NOT merge.deliveries_left
WHERE merge.tenant_id = %(tenant_id)s AND (merge.sync_run_id = %(sync_run_id)s OR merge.deliveries_left)
  AND merge.deliveries_left <> (merge.undone_at IS NULL AND EXISTS (
      SELECT FROM activation.delivery AS delivery
      WHERE delivery.tenant_id = %(tenant_id)s AND delivery.customer_id = merge.absorbed_id
        AND delivery.state IN ('claimed', 'sending')
  ))
