-- Purpose: the tenant's event metrics beside LEO's default ones (line 0), with the name that each has here.
-- Grain: one row a metric. Rerun: the caller has emptied the table.
INSERT INTO shaped_event_metric (line, metric_name, event_type, score, source_key, source_rev)
SELECT
    line,
    metric_name,
    CASE
        WHEN metric_name IN ('item-view', 'product-view') THEN 'view'
        WHEN metric_name IN ('purchase', 'first-purchase', 'repurchase') THEN 'purchase'
        WHEN metric_name IN ('return', 'product-return', 'order-return') THEN 'return'
        WHEN metric_name IN ('refund', 'order-refund') THEN 'refund'
        WHEN metric_name IN ('cancel', 'order-cancel') THEN 'cancel'
        ELSE lower(regexp_replace(metric_name, '[^[:alnum:]]+', '_', 'g'))
    END,
    score,
    source_key,
    source_rev
FROM (
    SELECT line, "eventName" AS metric_name, score::double precision, source_key, source_rev
    FROM cdp_eventmetric AS metric
    WHERE NOT EXISTS (SELECT FROM rejected WHERE collection = 'cdp_eventmetric' AND rejected.line = metric.line)
    UNION ALL
    SELECT 0, metric_name, score, NULL, NULL
    FROM (VALUES
        ('page-view', 1), ('item-view', 6), ('add-to-cart', 24), ('purchase', 27), ('repurchase', 34),
        ('negative-feedback', -40)
    ) AS standard (metric_name, score)
    WHERE metric_name NOT IN (SELECT "eventName" FROM cdp_eventmetric WHERE "eventName" IS NOT NULL)
) AS known
