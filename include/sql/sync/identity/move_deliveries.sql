-- Purpose: the ledger of an absorbed customer goes on under the survivor, so that what the person got still counts; noted,
-- so that it can go back. Only where the survivor has no delivery of the same run, channel and step; never one that a
-- worker holds.
-- Grain: one row a delivery; gives their number. Parameters: tenant_id, sync_run_id. Rerun: finds none.
WITH person AS (
    SELECT merge.merge_id, merge.absorbed_id, absorbed.customer_id AS person_id
    FROM core.customer_merge AS merge
    JOIN core.profile AS absorbed ON absorbed.tenant_id = %(tenant_id)s AND absorbed.profile_id = merge.absorbed_id
    WHERE merge.tenant_id = %(tenant_id)s AND merge.undone_at IS NULL
      AND (merge.sync_run_id = %(sync_run_id)s OR merge.deliveries_left)
), chosen AS (
    SELECT DISTINCT ON (person.person_id, delivery.campaign_run_id, delivery.channel, delivery.step)
        delivery.delivery_id, person.merge_id, person.person_id
    FROM person
    JOIN activation.delivery AS delivery
        ON delivery.tenant_id = %(tenant_id)s AND delivery.customer_id = person.absorbed_id
    WHERE delivery.state NOT IN ('claimed', 'sending') AND NOT EXISTS (
        SELECT FROM activation.delivery AS there
        WHERE there.tenant_id = %(tenant_id)s AND there.campaign_run_id = delivery.campaign_run_id
          AND there.customer_id = person.person_id AND there.channel = delivery.channel AND there.step = delivery.step
    )
    ORDER BY
        person.person_id, delivery.campaign_run_id, delivery.channel, delivery.step,
        delivery.state IN ('accepted', 'unknown') DESC, delivery.state IN ('planned', 'ready', 'retry') DESC,
        delivery.delivery_id
), moved AS (
    UPDATE activation.delivery AS delivery
    SET customer_id = chosen.person_id
    FROM chosen
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = chosen.delivery_id
      AND delivery.state NOT IN ('claimed', 'sending')
    RETURNING delivery.delivery_id, chosen.merge_id
), noted AS (
    INSERT INTO core.customer_merge_delivery (tenant_id, merge_id, delivery_id)
    SELECT %(tenant_id)s, merge_id, delivery_id FROM moved
)
SELECT count(*) FROM moved
