-- Purpose: what had been done with a product, other than buying it, by what was known then. Of the catalogue no history is
--          kept: products are named as today, and those that left it by then have neither category nor brand.
-- Grain: one row an event and item of a type, by profiles live then; money in the tenant's currency.
-- Parameters: tenant_id, currency, then (the moment), known_until; {event_type}, the type as a parameter; reads
--             then_profile.
-- Rerun: reads only.
SELECT
    profile.customer_id,
    event.graph_key,
    event.product_id,
    product.name AS product,
    CASE WHEN listed.is_listed THEN product.category END AS category,
    CASE WHEN listed.is_listed THEN product.brand END AS brand,
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
FROM core.events_known(%(tenant_id)s, %(then)s, %(known_until)s) AS event
JOIN then_profile AS profile USING (tenant_id, profile_id)
JOIN core.product AS product USING (tenant_id, product_id)
CROSS JOIN LATERAL (
    SELECT product.deleted_at IS NULL
        OR (product.deleted_at > %(then)s AND product.deleted_at >= %(known_until)s) AS is_listed
) AS listed
WHERE event.event_type = {event_type} AND profile.deleted_at IS NULL
