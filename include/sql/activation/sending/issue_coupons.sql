-- Purpose: give each person of a batch who has no code of the campaign yet the next one of its pool.
-- Grain: one row a code that was issued.
-- Parameters: tenant_id, delivery_ids and fences (side by side), coupon_pool.
-- Rerun: who has a code keeps it.
--
-- Run after lock_people and before begin_attempt, in their transaction: the person's row is held, so that nobody gives the
-- same person another, and a code that somebody else holds is stepped over, so that nobody waits for a code.
WITH asked AS (
    SELECT asked.delivery_id, asked.fence
    FROM unnest(%(delivery_ids)s::uuid[], %(fences)s::bigint[]) AS asked (delivery_id, fence)
), lacking AS MATERIALIZED (
    SELECT
        campaign_id, customer_id, delivery_id, row_number() OVER (ORDER BY customer_id COLLATE "C", campaign_id) AS turn
    FROM (
        SELECT DISTINCT ON (run.campaign_id, delivery.customer_id)
            run.campaign_id, delivery.customer_id, delivery.delivery_id
        FROM asked
        JOIN activation.delivery
            ON delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = asked.delivery_id
            AND delivery.fence = asked.fence
        JOIN activation.run USING (tenant_id, campaign_run_id)
        WHERE delivery.state = 'claimed' AND delivery.leased_until > clock_timestamp()
          AND delivery.recipient_kind = 'customer' AND NOT EXISTS (
              SELECT FROM activation.coupon
              WHERE coupon.tenant_id = %(tenant_id)s AND coupon.campaign_id = run.campaign_id
                AND coupon.customer_id = delivery.customer_id
          )
        ORDER BY run.campaign_id, delivery.customer_id, delivery.delivery_id
    ) AS person
), free AS MATERIALIZED (
    SELECT coupon.code, coupon.position
    FROM activation.coupon
    WHERE coupon.tenant_id = %(tenant_id)s AND coupon.pool_id = %(coupon_pool)s AND coupon.issued_at IS NULL
    ORDER BY coupon.position
    LIMIT (SELECT count(*) FROM lacking)
    FOR NO KEY UPDATE SKIP LOCKED
), next AS (
    SELECT free.code, row_number() OVER (ORDER BY free.position) AS turn FROM free
)
UPDATE activation.coupon
SET campaign_id = lacking.campaign_id, customer_id = lacking.customer_id, delivery_id = lacking.delivery_id,
    issued_at = clock_timestamp()
FROM lacking
JOIN next USING (turn)
WHERE coupon.tenant_id = %(tenant_id)s AND coupon.code = next.code
