-- Purpose: what the graph must hold, counted in the relational tables and without the projection's own statements.
-- Grain: one row a label. Parameters: tenant_id. Rerun: reads only.
-- Events are grouped before products are looked at, and no CTE stands between them and their profiles, so that they are
-- counted in parallel.
WITH product AS (
    SELECT product_id, category, brand, deleted_at FROM core.product WHERE tenant_id = %(tenant_id)s
),
happened AS (
    SELECT event_type, product_id, count(live.profile_id) AS events
    FROM core.event
    LEFT JOIN (
        SELECT profile_id
        FROM core.profile
        WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL AND customer_id IN (
            SELECT customer_id
            FROM core.profile
            WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL AND is_primary
        )
    ) AS live USING (profile_id)
    WHERE tenant_id = %(tenant_id)s
    GROUP BY event_type, product_id
),
reached AS (
    SELECT channel, count(*) AS customers FROM core.reachability WHERE tenant_id = %(tenant_id)s GROUP BY channel
)
SELECT 'Customer' AS label, count(DISTINCT customer_id) AS rows
FROM core.profile
WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL AND is_primary
UNION ALL
SELECT 'Product', count(*) FROM product WHERE deleted_at IS NULL OR EXISTS (
    SELECT FROM core.event WHERE event.tenant_id = %(tenant_id)s AND event.product_id = product.product_id)
UNION ALL
SELECT 'Category', count(DISTINCT category) FROM product WHERE deleted_at IS NULL
UNION ALL
SELECT 'Brand', count(DISTINCT brand) FROM product WHERE deleted_at IS NULL
UNION ALL
SELECT 'IN_CATEGORY', count(category) FROM product WHERE deleted_at IS NULL
UNION ALL
SELECT 'OF_BRAND', count(brand) FROM product WHERE deleted_at IS NULL
UNION ALL
SELECT CASE event_type
        WHEN 'view' THEN 'VIEWED' WHEN 'add_to_cart' THEN 'ADDED_TO_CART' WHEN 'purchase' THEN 'PURCHASED'
        WHEN 'return' THEN 'RETURNED' END,
    sum(events)::bigint
FROM happened
JOIN product USING (product_id)
WHERE event_type IN ('view', 'add_to_cart', 'purchase', 'return')
GROUP BY 1
UNION ALL
SELECT 'EventType', count(DISTINCT event_type)
FROM happened WHERE event_type NOT IN ('view', 'add_to_cart', 'purchase', 'return')
UNION ALL
SELECT 'DID', coalesce(sum(events), 0)::bigint
FROM happened WHERE event_type NOT IN ('view', 'add_to_cart', 'purchase', 'return')
UNION ALL
SELECT 'Channel', count(*) FROM reached
UNION ALL
SELECT 'REACHABLE_BY', coalesce(sum(customers), 0)::bigint FROM reached
UNION ALL
SELECT 'Campaign', count(*) FROM core.campaign WHERE tenant_id = %(tenant_id)s
UNION ALL
SELECT upper(exposure), count(*) FROM core.campaign_touch WHERE tenant_id = %(tenant_id)s GROUP BY exposure
UNION ALL
SELECT 'REFERRED', count(DISTINCT (referrer.customer_id, brought.customer_id))
FROM core.profile_relation AS relation
JOIN core.profile AS referrer
    ON referrer.tenant_id = relation.tenant_id AND referrer.profile_id = relation.from_profile_id
JOIN core.profile AS brought
    ON brought.tenant_id = relation.tenant_id AND brought.profile_id = relation.to_profile_id
WHERE relation.tenant_id = %(tenant_id)s AND relation.kind = 'referral'
  AND referrer.deleted_at IS NULL AND brought.deleted_at IS NULL AND referrer.customer_id <> brought.customer_id
  AND 2 = (
      SELECT count(*)
      FROM core.profile AS speaker
      WHERE speaker.tenant_id = relation.tenant_id
        AND speaker.customer_id IN (referrer.customer_id, brought.customer_id)
        AND speaker.is_primary AND speaker.deleted_at IS NULL
  )
UNION ALL
SELECT 'Household', count(DISTINCT household_id) FROM core.household_member WHERE tenant_id = %(tenant_id)s
UNION ALL
SELECT 'MEMBER_OF_HOUSEHOLD', count(*) FROM core.household_member WHERE tenant_id = %(tenant_id)s
