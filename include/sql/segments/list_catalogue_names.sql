-- Purpose: every name that a segment's plan may use for a tenant.
-- Grain: one row a kind, name and detail; detail is a topic's type or a segment's name, else null.
-- Parameters: tenant_id.
-- Rerun: reads only.
WITH live_profile AS MATERIALIZED (
    SELECT DISTINCT country, city, gender, language, funnel_stage, favorite_color
    FROM core.profile
    WHERE tenant_id = %(tenant_id)s AND is_primary AND deleted_at IS NULL
), live_product AS MATERIALIZED (
    SELECT name, category, brand
    FROM core.product
    WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL
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
    UNION SELECT 'color', color, NULL FROM core.event WHERE tenant_id = %(tenant_id)s
    UNION SELECT 'topic', topic, topic_type FROM profile.topic WHERE tenant_id = %(tenant_id)s
    UNION SELECT 'segment', segment_id, name FROM segment.definition
          WHERE tenant_id = %(tenant_id)s AND state = 'active'
)
SELECT kind, name, detail
FROM named
WHERE name <> ''
ORDER BY kind, name COLLATE "C", detail COLLATE "C"
