-- Purpose: how each pool of codes stands, and how many people wait for a code of it.
-- Grain: one row a pool; `waiting` counts people of runs that are planned or not done yet who have no code of the campaign.
-- Parameters: tenant_id, pool_id (null: all).
-- Rerun: reads only.
WITH counted AS (
    SELECT
        pool_id, count(*) AS codes, count(*) FILTER (WHERE issued_at IS NULL) AS free,
        count(issued_at) AS issued, count(redeemed_at) AS redeemed
    FROM activation.coupon
    WHERE tenant_id = %(tenant_id)s
    GROUP BY pool_id
), waiting AS (
    SELECT campaign.policy ->> 'coupon_pool' AS pool_id, count(DISTINCT (campaign.campaign_id, delivery.customer_id)) AS people
    FROM activation.campaign
    JOIN activation.run USING (tenant_id, campaign_id)
    JOIN activation.delivery USING (tenant_id, campaign_run_id)
    WHERE campaign.tenant_id = %(tenant_id)s AND campaign.policy ->> 'coupon_pool' IS NOT NULL
      AND run.kind = 'campaign' AND run.state IN ('planned', 'approved', 'sending')
      AND delivery.recipient_kind = 'customer' AND delivery.state IN ('planned', 'ready', 'claimed', 'retry')
      AND NOT EXISTS (
          SELECT FROM activation.coupon
          WHERE coupon.tenant_id = %(tenant_id)s AND coupon.campaign_id = campaign.campaign_id
            AND coupon.customer_id = delivery.customer_id
      )
    GROUP BY campaign.policy ->> 'coupon_pool'
)
SELECT
    pool.pool_id, coalesce(counted.codes, 0) AS codes, coalesce(counted.free, 0) AS free,
    coalesce(counted.issued, 0) AS issued, coalesce(counted.redeemed, 0) AS redeemed,
    coalesce(waiting.people, 0) AS waiting, pool.warn_below
FROM activation.coupon_pool AS pool
LEFT JOIN counted USING (pool_id)
LEFT JOIN waiting USING (pool_id)
WHERE pool.tenant_id = %(tenant_id)s AND (%(pool_id)s::text IS NULL OR pool.pool_id = %(pool_id)s)
ORDER BY pool.pool_id
