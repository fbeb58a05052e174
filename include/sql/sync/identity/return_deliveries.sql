-- Purpose: deliveries that a merge gave to the survivor go back to the customer whose they were first, now that the merge
-- holds no longer. A message under way stays where it is, as does one whose place is taken.
-- Grain: one row a delivery; gives their number. Parameters: tenant_id. Rerun: finds none.
WITH owed AS (
    SELECT DISTINCT ON (moved.delivery_id) moved.delivery_id, merge.absorbed_id
    FROM closed_merge
    JOIN core.customer_merge AS merge ON merge.tenant_id = %(tenant_id)s AND merge.merge_id = closed_merge.merge_id
    JOIN core.customer_merge_delivery AS moved ON moved.tenant_id = %(tenant_id)s AND moved.merge_id = merge.merge_id
    ORDER BY moved.delivery_id, merge.merge_id
), returned AS (
    UPDATE activation.delivery AS delivery
    SET customer_id = owed.absorbed_id
    FROM owed
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = owed.delivery_id
      AND delivery.customer_id <> owed.absorbed_id AND delivery.state NOT IN ('claimed', 'sending')
      AND NOT EXISTS (
          SELECT FROM activation.delivery AS there
          WHERE there.tenant_id = %(tenant_id)s AND there.campaign_run_id = delivery.campaign_run_id
            AND there.customer_id = owed.absorbed_id AND there.channel = delivery.channel AND there.step = delivery.step
      )
    RETURNING delivery.delivery_id
), forgotten AS (
    DELETE FROM core.customer_merge_delivery AS moved
    USING returned, core.customer_merge AS merge
    WHERE moved.tenant_id = %(tenant_id)s AND moved.delivery_id = returned.delivery_id
      AND merge.tenant_id = %(tenant_id)s AND merge.merge_id = moved.merge_id AND merge.undone_at IS NULL
      AND merge.merge_id NOT IN (SELECT merge_id FROM closed_merge)
)
SELECT count(*) FROM returned
