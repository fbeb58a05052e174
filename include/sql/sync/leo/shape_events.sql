-- Purpose: LEO's events in the sources' common form, an order as one row an item. The colour is the item's own where
-- the event says it, else that of the event for its first item. Money that LEO keeps on the whole order (a refund
-- without items) stays with the event; what was paid for an order as a whole is told beside the prices of its items.
-- transactionStatus is free text: a purchase that it calls off, or that never came about, is none; of other metrics it
-- says nothing new. LEO writes 'empty-transaction' where there is no order.
-- OFFSET 0 keeps the planner from reading the JSON of rows that did not pass.
-- Grain: one row an event and item of an event that passed. Parameters: tenant_id, currency of the tenant.
-- Rerun: the caller has emptied the table.
INSERT INTO shaped_event (
    line, event_key, event_id, profile_id, event_type, metric_name, occurred_at, product_id, category, color, quantity,
    price_minor, value_minor, currency, order_id, order_value_minor, campaign_ref, source_rev)
SELECT
    event.line,
    event._key || coalesce(':' || place, ''),
    event._key,
    event."refProfileId",
    CASE
        WHEN metric.event_type <> 'purchase' THEN metric.event_type
        WHEN lower(event."transactionStatus") IN ('cancelled', 'canceled', 'voided') THEN 'cancel'
        WHEN lower(event."transactionStatus") = 'returned' THEN 'return'
        WHEN lower(event."transactionStatus") = 'refunded' THEN 'refund'
        WHEN lower(event."transactionStatus") IN ('failed', 'declined', 'rejected', 'expired') THEN 'failed_purchase'
        ELSE 'purchase'
    END,
    event."metricName",
    event."createdAt"::timestamptz,
    coalesce(product.product_id, named.item_id),
    item ->> 'categoryName',
    nullif(lower(btrim(coalesce(
        details #>> ARRAY['itemColors', item ->> 'itemId'],
        item ->> 'color',
        CASE WHEN coalesce(place, 1) = 1 THEN details ->> 'color' END
    ))), ''),
    named.quantity,
    core.to_minor(named.price, units.minor_units),
    CASE
        WHEN item IS NULL THEN nullif(core.to_minor(event."transactionValue", units.minor_units), 0)
        ELSE core.to_minor(named.price, units.minor_units) * named.quantity
    END,
    units.currency,
    nullif(event."transactionId", 'empty-transaction'),
    CASE
        WHEN coalesce(event."transactionCurrency", units.currency) = units.currency
            THEN nullif(core.to_minor(event."transactionValue", units.minor_units), 0)
    END,
    event."refCampaignId",
    event.source_rev
FROM (
    SELECT *
    FROM cdp_trackingevent AS staged
    WHERE NOT EXISTS (SELECT FROM rejected WHERE collection = 'cdp_trackingevent' AND rejected.line = staged.line)
    OFFSET 0
) AS event
JOIN shaped_event_metric AS metric ON metric.metric_name = event."metricName"
LEFT JOIN LATERAL jsonb_array_elements(event."orderedItems"::jsonb) WITH ORDINALITY AS ordered (item, place) ON true
CROSS JOIN LATERAL (
    SELECT
        event."eventData"::jsonb AS details,
        coalesce(nullif(item ->> 'itemId', ''), event."refItemId") AS item_id,
        coalesce(item ->> 'salePrice', item ->> 'originalPrice') AS price,
        coalesce(round((item ->> 'quantity')::numeric)::integer, 1) AS quantity,
        coalesce(nullif(item ->> 'currency', ''), event."transactionCurrency", %(currency)s) AS currency
) AS named
CROSS JOIN LATERAL (SELECT named.currency, core.minor_units(named.currency) AS minor_units) AS units
-- A product that this run did not read is known by its key from an earlier one.
LEFT JOIN (
    SELECT source_key, product_id FROM shaped_product
    UNION ALL
    SELECT source_key, product_id
    FROM core.product
    WHERE tenant_id = %(tenant_id)s AND gone_at IS NULL
      AND NOT EXISTS (SELECT FROM shaped_product WHERE shaped_product.source_key = core.product.source_key)
) AS product ON product.source_key = named.item_id
