-- Purpose: the tenant's event metrics, with the name that each has here: those that were read, beside them (line 0) those
-- known from before, and LEO's default ones.
-- Grain: one row a metric. Parameters: tenant_id. Rerun: the caller has emptied the table.
WITH read AS MATERIALIZED (
    SELECT line, "eventName" AS metric_name, score::double precision, source_key, source_rev
    FROM cdp_eventmetric AS metric
    WHERE NOT EXISTS (SELECT FROM rejected WHERE collection = 'cdp_eventmetric' AND rejected.line = metric.line)
),
known AS MATERIALIZED (
    SELECT line, metric_name, score, source_key, source_rev
    FROM read
    UNION ALL
    -- A run may read only a part, and a row that came back bad leaves its last good state.
    SELECT 0, metric_name, score, source_key, source_rev
    FROM core.event_metric
    WHERE tenant_id = %(tenant_id)s
      AND metric_name NOT IN (SELECT metric_name FROM read)
      AND source_key IS NOT NULL
      AND source_key NOT IN (SELECT source_key FROM read)
      AND source_key NOT IN (SELECT source_key FROM gone WHERE collection = 'cdp_eventmetric')
)
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
    SELECT line, metric_name, score, source_key, source_rev FROM known
    UNION ALL
    SELECT 0, metric_name, score, NULL, NULL
    FROM (VALUES
        ('page-view', 1), ('item-view', 6), ('add-to-cart', 24), ('purchase', 27), ('repurchase', 34),
        ('negative-feedback', -40)
    ) AS standard (metric_name, score)
    WHERE metric_name NOT IN (SELECT metric_name FROM known)
) AS every
