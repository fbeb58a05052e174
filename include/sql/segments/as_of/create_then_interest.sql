-- Purpose: what customers were interested in at a moment: the rules of profiles/fill_computed_interest over the events,
--          customers and attributes that were known then. Weights, settings and the catalogue are today's, because no
--          history is kept of them; who refuses profiling today has no interests in the past either. A test holds both
--          against each other.
-- Grain: one row a customer, topic type and topic with a weight above zero.
-- Parameters: tenant_id, then (the moment), known_until; reads then_profile, then_item.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE then_interest ON COMMIT DROP AS
WITH setting AS (
    SELECT interest_model, interest_half_life_days::double precision AS half_life_days, luxury_threshold_minor
    FROM ops.tenant
    WHERE tenant_id = %(tenant_id)s
), refused AS MATERIALIZED (
    SELECT latest.profile_id, latest.customer_id
    FROM (
        SELECT DISTINCT ON (consent.profile_id, consent.channel)
            consent.profile_id, stated.customer_id, consent.state
        FROM core.consent AS consent
        JOIN core.profile AS stated USING (tenant_id, profile_id)
        WHERE consent.tenant_id = %(tenant_id)s AND consent.purpose = 'profiling'
        ORDER BY consent.profile_id, consent.channel, consent.since DESC, consent.consent_id DESC
    ) AS latest
    WHERE latest.state = 'denied'
), silent AS MATERIALIZED (
    -- For the person of today and for the one of then: a refusal is never lost by a merge or its undoing.
    SELECT customer_id FROM refused
    UNION
    SELECT profile.customer_id FROM refused JOIN then_profile AS profile USING (profile_id)
), person AS MATERIALIZED (
    SELECT profile.profile_id, profile.customer_id, profile.is_primary, profile.keywords, profile.total_spent_minor
    FROM then_profile AS profile
    WHERE profile.deleted_at IS NULL
      AND NOT EXISTS (SELECT FROM silent WHERE silent.customer_id = profile.customer_id)
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
    SELECT graph_key, net_quantity::double precision / quantity AS share
    FROM then_item
    WHERE net_quantity < quantity
), done AS (
    SELECT
        person.customer_id, event.product_id, lower(event.color) AS color,
        sum(weight.weight * coalesce(kept.share, 1) * CASE
            WHEN setting.half_life_days IS NULL THEN 1
            ELSE power(2::double precision, greatest(
                -1000,
                -extract(epoch FROM %(then)s - event.occurred_at)::double precision / 86400 / setting.half_life_days
            ))
        END) AS raw
    FROM core.events_known(%(tenant_id)s, %(then)s, %(known_until)s) AS event
    CROSS JOIN setting
    JOIN person USING (profile_id)
    JOIN weight ON weight.event_name = CASE setting.interest_model
        WHEN 'event_weight' THEN event.event_type
        ELSE lower(replace(event.metric_name, '_', '-'))
    END
    LEFT JOIN kept ON kept.graph_key = event.graph_key
    WHERE NOT (event.event_type IN ('return', 'refund', 'cancel') AND weight.weight > 0)
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
    CROSS JOIN LATERAL unnest(person.keywords) AS keyword
    UNION ALL
    SELECT person.customer_id, 'tag', 'likes luxury items', 1
    FROM person
    CROSS JOIN setting
    WHERE person.is_primary AND person.total_spent_minor > setting.luxury_threshold_minor
), summed AS (
    SELECT customer_id, topic_type, topic, round(sum(raw)::numeric, 6)::double precision AS raw
    FROM stated
    WHERE topic <> ''
    GROUP BY customer_id, topic_type, topic
)
SELECT
    customer_id, topic_type, topic, raw,
    round((raw / max(raw) OVER (PARTITION BY customer_id, topic_type))::numeric, 6)::double precision AS score,
    row_number() OVER (PARTITION BY customer_id, topic_type ORDER BY raw DESC, topic COLLATE "C") <= 2 AS is_primary
FROM summed
WHERE raw > 0
