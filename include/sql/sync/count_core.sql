-- Purpose: what the graph must hold, counted in the relational tables and without the projection's own statements.
-- Grain: one row a label. Parameters: tenant_id. Rerun: reads only.
WITH live AS (
    SELECT profile_id, customer_id, is_primary
    FROM core.profile
    WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL
),
product AS (
    SELECT product_id, category, brand, deleted_at FROM core.product WHERE tenant_id = %(tenant_id)s
),
happened AS (
    SELECT event_type, product_id, count(*) AS events
    FROM core.event
    WHERE tenant_id = %(tenant_id)s AND product_id IN (SELECT product_id FROM product)
      AND profile_id IN (
          SELECT profile_id FROM live WHERE customer_id IN (SELECT customer_id FROM live WHERE is_primary)
      )
    GROUP BY event_type, product_id
)
SELECT 'Customer' AS label, count(DISTINCT customer_id) AS rows FROM live WHERE is_primary
UNION ALL
SELECT 'Product', count(*) FROM product WHERE deleted_at IS NULL OR product_id IN (
    SELECT product_id FROM core.event WHERE tenant_id = %(tenant_id)s)
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
WHERE event_type IN ('view', 'add_to_cart', 'purchase', 'return')
GROUP BY 1
