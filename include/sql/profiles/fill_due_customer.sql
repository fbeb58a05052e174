-- Purpose: find the customers of whom anything changed that interests are computed from: their events before as_of and
--          the products in them, their profile, their refusal, or the tenant's settings and weights.
-- Grain: one row a customer whose fingerprint differs from the one kept.
-- Parameters: tenant_id, as_of.
-- Rerun: fills a temporary table of this transaction.
INSERT INTO due_customer (customer_id, fingerprint)
WITH setting AS MATERIALIZED (
    SELECT md5(concat_ws(
        '|', tenant.interest_model, tenant.interest_half_life_days, tenant.luxury_threshold_minor,
        (SELECT string_agg(event_name || '=' || weight, ',' ORDER BY event_name)
         FROM profile.event_weight WHERE interest_model = tenant.interest_model),
        (SELECT string_agg(metric_name || '=' || score, ',' ORDER BY metric_name)
         FROM core.event_metric WHERE tenant_id = tenant.tenant_id)
    )) AS version
    FROM ops.tenant AS tenant
    WHERE tenant.tenant_id = %(tenant_id)s
), done AS (
    SELECT event.profile_id, count(*) AS events, sum(hashtextextended(concat_ws(
        '|', event.event_type, event.metric_name, extract(epoch FROM event.occurred_at), event.product_id, event.color,
        event.quantity, event.order_id, product.name, product.category, product.brand,
        CASE WHEN event.event_type IN ('purchase', 'refund')
            THEN concat_ws(':', event.value_minor, event.order_value_minor, event.currency) END,
        nullif(product.keywords, '{}')::text
    ), 0)::numeric) AS hash
    FROM core.event AS event
    LEFT JOIN core.product AS product ON product.tenant_id = %(tenant_id)s AND product.product_id = event.product_id
    WHERE event.tenant_id = %(tenant_id)s AND event.occurred_at < %(as_of)s
    GROUP BY event.profile_id
), known AS (
    SELECT
        profiled.customer_id,
        concat_ws(
            ':', (SELECT version FROM setting), sum(done.events), sum(done.hash),
            sum(hashtextextended(concat_ws(
                '|', profiled.profile_id, profiled.is_primary, profile.total_spent_minor, profile.keywords::text
            ), 0)::numeric)
        ) AS fingerprint
    FROM profile.profiled AS profiled
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = profiled.profile_id
    LEFT JOIN done ON done.profile_id = profiled.profile_id
    WHERE profiled.tenant_id = %(tenant_id)s
    GROUP BY profiled.customer_id
), kept AS (
    SELECT customer_id, fingerprint FROM profile.interest_input WHERE tenant_id = %(tenant_id)s
)
SELECT customer_id, known.fingerprint
FROM known
FULL JOIN kept USING (customer_id)
WHERE known.fingerprint IS DISTINCT FROM kept.fingerprint
