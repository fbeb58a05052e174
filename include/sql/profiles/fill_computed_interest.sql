-- Purpose: weigh what each due customer did before as_of, per product, category, brand, colour and keyword, and add the
--          tag for luxury. The formula and its source: docs/decisions/interests.md.
-- Grain: one row a customer, topic type and topic with a weight above zero.
-- Parameters: tenant_id, as_of (events before it count); reads due_customer.
-- Rerun: fills a temporary table of this transaction.
INSERT INTO computed_interest (customer_id, topic_type, topic, raw, score, is_primary)
WITH setting AS (
    SELECT interest_model, interest_half_life_days::double precision AS half_life_days, luxury_threshold_minor
    FROM ops.tenant
    WHERE tenant_id = %(tenant_id)s
), person AS MATERIALIZED (
    SELECT profiled.profile_id, profiled.customer_id, profiled.is_primary
    FROM profile.profiled AS profiled
    JOIN due_customer AS due USING (customer_id)
    WHERE profiled.tenant_id = %(tenant_id)s
), own_metric AS (
    SELECT lower(replace(metric_name, '_', '-')) AS event_name, max(score) AS weight
    FROM core.event_metric
    WHERE tenant_id = %(tenant_id)s AND (SELECT interest_model FROM setting) = 'leo_event_metric'
    GROUP BY 1
), weight AS (
    SELECT event_name, weight FROM own_metric
    UNION ALL
    SELECT standard.event_name, standard.weight
    FROM profile.event_weight AS standard
    WHERE standard.interest_model = (SELECT interest_model FROM setting)
      AND NOT EXISTS (SELECT FROM own_metric WHERE own_metric.event_name = standard.event_name)
), kept AS MATERIALIZED (
    -- What was taken back before as_of takes its share of the purchase's weight with it.
    SELECT graph_key, net_quantity::double precision / quantity AS share
    FROM core.order_items(%(as_of)s)
    WHERE tenant_id = %(tenant_id)s AND customer_id = ANY (ARRAY(SELECT customer_id FROM due_customer))
      AND net_quantity < quantity
), done AS (
    SELECT
        person.customer_id, event.product_id, lower(event.color) AS color,
        sum(weight.weight * coalesce(kept.share, 1) * CASE
            WHEN setting.half_life_days IS NULL THEN 1
            ELSE power(2::double precision, greatest(
                -1000,
                -extract(epoch FROM %(as_of)s - event.occurred_at)::double precision / 86400 / setting.half_life_days
            ))
        END) AS raw
    FROM core.event AS event
    CROSS JOIN setting
    JOIN person USING (profile_id)
    JOIN weight ON weight.event_name = CASE setting.interest_model
        WHEN 'event_weight' THEN event.event_type
        ELSE lower(replace(event.metric_name, '_', '-'))
    END
    LEFT JOIN kept ON kept.graph_key = event.graph_key
    WHERE event.tenant_id = %(tenant_id)s AND event.occurred_at < %(as_of)s
      -- A purchase that its status calls off keeps its metric's name.
      AND NOT (event.event_type IN ('return', 'refund', 'cancel') AND weight.weight > 0)
    GROUP BY person.customer_id, event.product_id, lower(event.color)
), stated AS (
    SELECT done.customer_id, named.topic_type, named.topic, done.raw
    FROM done
    LEFT JOIN core.product AS product ON product.tenant_id = %(tenant_id)s AND product.product_id = done.product_id
    CROSS JOIN LATERAL (
        VALUES
            ('product', coalesce(product.name, done.product_id)),
            ('category', product.category),
            ('brand', product.brand),
            ('color', done.color)
        UNION ALL
        SELECT 'keyword', keyword FROM unnest(product.keywords) AS keyword
    ) AS named (topic_type, topic)
    UNION ALL
    SELECT person.customer_id, 'keyword', keyword, 1
    FROM person
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = person.profile_id
    CROSS JOIN LATERAL unnest(profile.keywords) AS keyword
    UNION ALL
    SELECT person.customer_id, 'tag', 'likes luxury items', 1
    FROM person
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = person.profile_id
    CROSS JOIN setting
    WHERE person.is_primary AND profile.total_spent_minor > setting.luxury_threshold_minor
), summed AS (
    -- Rounded to six digits, because a sum of decayed weights differs in its last bits with the order of the rows.
    SELECT customer_id, topic_type, topic, round(sum(raw)::numeric, 6)::double precision AS raw
    FROM stated
    WHERE topic <> ''
    GROUP BY customer_id, topic_type, topic
)
SELECT
    customer_id, topic_type, topic, raw,
    round((raw / max(raw) OVER (PARTITION BY customer_id, topic_type))::numeric, 6)::double precision,
    row_number() OVER (PARTITION BY customer_id, topic_type ORDER BY raw DESC, topic COLLATE "C") <= 2
FROM summed
WHERE raw > 0
