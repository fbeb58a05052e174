-- Purpose: what was bought and kept, of products that are known.
-- Grain: one row a purchase event and item of which something was kept; money in the tenant's currency.
-- Parameters: tenant_id; {among}, which customers are asked.
-- Rerun: reads only.
SELECT
    item.customer_id,
    item.graph_key,
    item.product_id,
    product.name AS product,
    CASE WHEN product.deleted_at IS NULL THEN product.category END AS category,
    CASE WHEN product.deleted_at IS NULL THEN product.brand END AS brand,
    item.color,
    item.occurred_at AS at,
    item.order_ref,
    item.net_quantity AS quantity,
    coalesce(item.home_net_minor, 0) AS value
FROM core.order_item AS item
JOIN core.product AS product USING (tenant_id, product_id)
WHERE item.tenant_id = %(tenant_id)s AND item.net_quantity > 0 {among}
