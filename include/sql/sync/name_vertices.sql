-- Purpose: a surrogate for every category, brand, channel and type of event about no product, which have no table of their
-- own.
-- Grain: one row a label and name. Parameters: tenant_id, product_events (the types that have edges of their own).
-- Rerun: inserts only what is missing.
WITH RECURSIVE happened (event_type) AS (
    -- From one type to the next in the index, however many events each has.
    (SELECT event_type FROM core.event WHERE tenant_id = %(tenant_id)s ORDER BY event_type LIMIT 1)
    UNION ALL
    SELECT (
        SELECT event_type FROM core.event
        WHERE tenant_id = %(tenant_id)s AND event_type > happened.event_type
        ORDER BY event_type LIMIT 1
    )
    FROM happened
    WHERE happened.event_type IS NOT NULL
)
INSERT INTO ops.graph_name (tenant_id, label, name)
SELECT %(tenant_id)s, label, name
FROM (
    SELECT DISTINCT 'Category' AS label, category AS name
    FROM core.product WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL AND category IS NOT NULL
    UNION ALL
    SELECT DISTINCT 'Brand', brand
    FROM core.product WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL AND brand IS NOT NULL
    UNION ALL
    SELECT DISTINCT 'Channel', channel FROM core.reachability WHERE tenant_id = %(tenant_id)s
    UNION ALL
    SELECT 'EventType', event_type FROM happened WHERE event_type <> ALL (%(product_events)s)
) AS wanted
WHERE NOT EXISTS (
    SELECT FROM ops.graph_name AS known
    WHERE known.tenant_id = %(tenant_id)s AND known.label = wanted.label AND known.name = wanted.name
)
ORDER BY label, name
