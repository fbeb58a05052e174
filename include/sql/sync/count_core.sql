-- Purpose: what the graph must hold, counted in the relational tables and without the projection's own statements.
-- Grain: one row a label. Parameters: tenant_id. Rerun: reads only.
-- Events are grouped before products are looked at, and no CTE stands between them and their profiles, so that they are
-- counted in parallel.
WITH product AS (
    SELECT product_id, category, brand, deleted_at FROM core.product WHERE tenant_id = %(tenant_id)s
),
happened AS (
    SELECT event_type, product_id, count(*) AS events
    FROM core.event
    WHERE tenant_id = %(tenant_id)s
      AND event_type IN ('view', 'add_to_cart', 'purchase', 'return')
      AND profile_id IN (
          SELECT profile_id
          FROM core.profile
          WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL AND customer_id IN (
              SELECT customer_id
              FROM core.profile
              WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL AND is_primary
          )
      )
    GROUP BY event_type, product_id
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
GROUP BY 1
UNION ALL
SELECT 'Household', count(DISTINCT household_id) FROM core.household_member WHERE tenant_id = %(tenant_id)s
UNION ALL
SELECT 'MEMBER_OF_HOUSEHOLD', count(*) FROM core.household_member WHERE tenant_id = %(tenant_id)s
