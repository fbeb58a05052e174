-- Purpose: what dashboards show beside the tenant of busy_tenant.sql: events and interests. Grain: see each statement.
-- Parameters: tenant, customers, events (of each customer), as_of. Rerun: once, in an empty database.

-- Grain: one row an event: one in five a purchase, over the last year.
INSERT INTO core.event (
    tenant_id, event_key, event_id, profile_id, event_type, metric_name, occurred_at, product_id, quantity, value_minor,
    currency, order_id, source_rev
)
SELECT %(tenant)s, 'b' || n, 'b' || n, 'p' || lpad((n %% %(customers)s + 1)::text, 9, '0'),
    told.event_type, told.event_type, %(as_of)s - INTERVAL '1 minute' * (n * 7919 %% 525600), product.product_id, 1,
    CASE WHEN told.event_type = 'purchase' THEN 100000 + n %% 900000 END, 'VND',
    CASE WHEN told.event_type = 'purchase' THEN 'o' || n END, '1'
FROM generate_series(1, %(customers)s::bigint * %(events)s) AS n
CROSS JOIN LATERAL (
    SELECT (ARRAY['view', 'view', 'add_to_cart', 'view', 'purchase'])[1 + n %% 5] AS event_type
) AS told
JOIN (
    SELECT product_id, row_number() OVER (ORDER BY product_id) - 1 AS position, count(*) OVER () AS products
    FROM core.product WHERE tenant_id = %(tenant)s
) AS product ON product.position = n %% product.products;

-- Grain: one row a customer and topic: three topics each.
INSERT INTO profile.interest (tenant_id, customer_id, topic_type, topic, raw, score, is_primary, model_version, as_of)
SELECT %(tenant)s, 'c' || lpad(n::text, 9, '0'), 'category', 'topic ' || (n * topic %% 40), 1, 0.5, topic = 1, 'bench', %(as_of)s
FROM generate_series(1, %(customers)s) AS n, generate_series(1, 3) AS topic
ON CONFLICT DO NOTHING
