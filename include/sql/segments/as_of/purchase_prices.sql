-- Purpose: what a piece cost when it was bought, by what was known then.
-- Grain: one row a purchase event and item; money in the tenant's currency.
-- Parameters: tenant_id, currency, then (the moment), known_until.
-- Rerun: reads only.
SELECT
    event.graph_key,
    CASE
        WHEN event.currency = %(currency)s THEN event.price_minor
        ELSE core.in_home_currency(event.tenant_id, event.price_minor, event.currency, event.occurred_at)
    END AS price
FROM core.events_known(%(tenant_id)s, %(then)s, %(known_until)s) AS event
WHERE event.event_type = 'purchase'
