-- Purpose: what had been bought and kept of products that are known, by what was known then; products as in product_events.
-- Grain: one row a purchase event and item of which something was kept; money in the tenant's currency.
-- Parameters: tenant_id, then (the moment), known_until; reads then_item.
-- Rerun: reads only.
SELECT
    item.customer_id,
    item.graph_key,
    item.product_id,
    product.name AS product,
    CASE WHEN listed.is_listed THEN product.category END AS category,
    CASE WHEN listed.is_listed THEN product.brand END AS brand,
    item.color,
    item.occurred_at AS at,
    item.order_ref,
    item.net_quantity AS quantity,
    coalesce(item.home_net_minor, 0) AS value
FROM then_item AS item
JOIN core.product AS product ON product.tenant_id = %(tenant_id)s AND product.product_id = item.product_id
CROSS JOIN LATERAL (
    SELECT product.deleted_at IS NULL
        OR (product.deleted_at > %(then)s AND product.deleted_at >= %(known_until)s) AS is_listed
) AS listed
WHERE item.net_quantity > 0
