-- Purpose: who became one person gets one message a run and step. Where one left or may have left, what still waits is
-- skipped as a duplicate; else one of those that wait is kept, the survivor's first. Deliveries that a worker holds are not
-- touched: one that was claimed for an absorbed customer is refused when it begins.
-- Grain: one row a delivery; gives their number. Parameters: tenant_id, sync_run_id. Rerun: finds none.
WITH person AS (
    SELECT merge.absorbed_id AS customer_id, absorbed.customer_id AS person_id
    FROM core.customer_merge AS merge
    JOIN core.profile AS absorbed ON absorbed.tenant_id = %(tenant_id)s AND absorbed.profile_id = merge.absorbed_id
    WHERE merge.tenant_id = %(tenant_id)s AND merge.undone_at IS NULL
      AND (merge.sync_run_id = %(sync_run_id)s OR merge.deliveries_left)
), concerned AS (
    SELECT customer_id, person_id FROM person
    UNION
    SELECT person_id, person_id FROM person
), judged AS (
    SELECT
        delivery.delivery_id, delivery.state, person_id, campaign_run_id, step,
        bool_or(delivery.state IN ('accepted', 'sending', 'unknown')
            OR (delivery.state = 'claimed' AND delivery.customer_id = person_id))
            OVER (PARTITION BY person_id, campaign_run_id, step) AS has_left,
        delivery.customer_id <> person_id AND bool_or(delivery.customer_id = person_id)
            OVER (PARTITION BY person_id, campaign_run_id, step, channel) AS is_barred,
        delivery.customer_id = person_id AS is_own
    FROM concerned
    JOIN activation.delivery AS delivery
        ON delivery.tenant_id = %(tenant_id)s AND delivery.customer_id = concerned.customer_id
), placed AS (
    SELECT
        judged.*,
        row_number() OVER (
            PARTITION BY person_id, campaign_run_id, step
            ORDER BY state IN ('planned', 'ready', 'retry') AND NOT is_barred DESC, is_own DESC, delivery_id
        ) AS place
    FROM judged
), ended AS (
    UPDATE activation.delivery AS delivery
    SET state = 'skipped', skip_reason = 'duplicate_address', address = NULL, state_changed_at = clock_timestamp()
    FROM placed
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = placed.delivery_id
      AND delivery.state IN ('planned', 'ready', 'retry')
      AND (placed.has_left OR placed.is_barred OR placed.place > 1)
    RETURNING 1
)
SELECT count(*) FROM ended
