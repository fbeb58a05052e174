-- Purpose: what a piece cost when it was bought.
-- Grain: one row a purchase event and item; money in the tenant's currency.
-- Parameters: tenant_id, currency.
-- Rerun: reads only.
SELECT
    event.graph_key,
    CASE
        WHEN event.currency = %(currency)s THEN event.price_minor
        ELSE core.in_home_currency(event.tenant_id, event.price_minor, event.currency, event.occurred_at)
    END AS price
FROM core.event AS event
WHERE event.tenant_id = %(tenant_id)s AND event.event_type = 'purchase'
