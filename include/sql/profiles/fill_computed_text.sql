-- Purpose: describe each customer in the words of the audience-discovery demo, less name and e-mail, so that equal
--          profiles have equal texts. What is not known is left out.
-- Grain: one row a customer who did not refuse profiling.
-- Parameters: tenant_id.
-- Rerun: fills a temporary table of this transaction.
INSERT INTO computed_text (customer_id, body, input_hash)
WITH preferred AS (
    SELECT
        customer_id,
        string_agg(topic, ', ' ORDER BY raw DESC, topic COLLATE "C") FILTER (WHERE topic_type = 'product') AS products,
        string_agg(topic, ', ' ORDER BY raw DESC, topic COLLATE "C") FILTER (WHERE topic_type = 'color') AS colors,
        bool_or(topic_type = 'tag' AND topic = 'likes luxury items') AS likes_luxury
    FROM profile.interest
    WHERE tenant_id = %(tenant_id)s AND is_primary AND topic_type IN ('product', 'color', 'tag')
    GROUP BY customer_id
), described AS (
    SELECT
        profiled.customer_id,
        'Customer'
        || coalesce(' from ' || profile.country, '')
        || coalesce(', age ' || profile.age, '')
        || coalesce(', favorite color ' || profile.favorite_color, '')
        || '.'
        || coalesce(' Total spent: ' || round(
            profile.total_spent_minor / 10::numeric ^ tenant.minor_units, tenant.minor_units
        ) || '.', '')
        || CASE
            WHEN preferred.products IS NULL AND preferred.colors IS NULL
            THEN ' No specific behavioral interests calculated.'
            ELSE coalesce(' Primary interests: ' || preferred.products || '.', '')
                || coalesce(' Preferred colors: ' || preferred.colors || '.', '')
        END
        || CASE WHEN preferred.likes_luxury THEN ' This customer likes luxury items.' ELSE '' END AS body
    FROM profile.profiled AS profiled
    JOIN ops.tenant AS tenant USING (tenant_id)
    JOIN core.profile AS profile USING (tenant_id, profile_id)
    LEFT JOIN preferred ON preferred.customer_id = profiled.customer_id
    WHERE profiled.tenant_id = %(tenant_id)s AND profiled.is_primary
)
SELECT customer_id, body, sha256(convert_to(body, 'UTF8')) FROM described
