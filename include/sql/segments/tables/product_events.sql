-- Purpose: what was done with a product, other than buying it.
-- Grain: one row an event and item of a type, by live profiles and with known products; money in the tenant's currency.
-- Parameters: tenant_id, currency; {event_type}, the type as a parameter; {among}, which customers are asked.
-- Rerun: reads only.
SELECT
    profile.customer_id,
    event.graph_key,
    event.product_id,
    product.name AS product,
    CASE WHEN product.deleted_at IS NULL THEN product.category END AS category,
    CASE WHEN product.deleted_at IS NULL THEN product.brand END AS brand,
    event.color,
    event.occurred_at AS at,
    event.quantity,
    CASE
        WHEN event.currency = %(currency)s THEN event.price_minor
        ELSE core.in_home_currency(event.tenant_id, event.price_minor, event.currency, event.occurred_at)
    END AS price,
    coalesce(CASE
        WHEN event.currency = %(currency)s THEN event.value_minor
        ELSE core.in_home_currency(event.tenant_id, event.value_minor, event.currency, event.occurred_at)
    END, 0) AS value
FROM core.event AS event
JOIN core.profile AS profile USING (tenant_id, profile_id)
JOIN core.product AS product USING (tenant_id, product_id)
WHERE event.tenant_id = %(tenant_id)s AND event.event_type = {event_type} AND profile.deleted_at IS NULL {among}
