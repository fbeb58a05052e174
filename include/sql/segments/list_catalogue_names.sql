-- Purpose: every name that a segment's plan may use for a tenant.
-- Grain: one row a kind, name and detail; detail is a topic's type, a segment's or a campaign's name, else null.
-- Parameters: tenant_id, product_events: the types of events that plans know by themselves.
-- Rerun: reads only.
WITH RECURSIVE live_profile AS MATERIALIZED (
    SELECT DISTINCT country, city, gender, language, funnel_stage, favorite_color
    FROM core.profile
    WHERE tenant_id = %(tenant_id)s AND is_primary AND deleted_at IS NULL
), live_product AS MATERIALIZED (
    SELECT name, category, brand
    FROM core.product
    WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL
), colored (color) AS (
    -- Of colours and types of events there are a handful among millions of events: from one to the next in an index.
    (
        SELECT color FROM core.event
        WHERE tenant_id = %(tenant_id)s AND color IS NOT NULL
        ORDER BY color LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT color FROM core.event
        WHERE tenant_id = %(tenant_id)s AND color > colored.color
        ORDER BY color LIMIT 1
    )
    FROM colored
    WHERE colored.color IS NOT NULL
), happened (event_type) AS (
    (SELECT event_type FROM core.event WHERE tenant_id = %(tenant_id)s ORDER BY event_type LIMIT 1)
    UNION ALL
    SELECT (
        SELECT event_type FROM core.event
        WHERE tenant_id = %(tenant_id)s AND event_type > happened.event_type
        ORDER BY event_type LIMIT 1
    )
    FROM happened
    WHERE happened.event_type IS NOT NULL
), named (kind, name, detail) AS (
    SELECT 'product', name, NULL FROM live_product
    UNION SELECT 'category', category, NULL FROM live_product
    UNION SELECT 'brand', brand, NULL FROM live_product
    UNION SELECT 'country', country::text, NULL FROM live_profile
    UNION SELECT 'city', city, NULL FROM live_profile
    UNION SELECT 'gender', gender, NULL FROM live_profile
    UNION SELECT 'language', language, NULL FROM live_profile
    UNION SELECT 'funnel_stage', funnel_stage, NULL FROM live_profile
    UNION SELECT 'color', favorite_color, NULL FROM live_profile
    UNION SELECT 'color', color, NULL FROM colored
    -- A campaign's messages are asked for as exposure. A name that no plan can hold is left out.
    UNION SELECT 'event', event_type, NULL FROM happened
          WHERE event_type <> ALL (%(product_events)s) AND event_type NOT IN ('email_sent', 'email_open', 'email_click')
            AND event_type ~ '^[a-z0-9][a-z0-9_.:-]{0,62}$'
    UNION SELECT 'campaign', campaign_id, name FROM core.campaign WHERE tenant_id = %(tenant_id)s
    UNION SELECT 'topic', topic, topic_type FROM profile.topic WHERE tenant_id = %(tenant_id)s
    UNION SELECT 'segment', segment_id, name FROM segment.definition
          WHERE tenant_id = %(tenant_id)s AND state = 'active'
)
SELECT kind, name, detail
FROM named
WHERE name <> ''
ORDER BY kind, name COLLATE "C", detail COLLATE "C"
