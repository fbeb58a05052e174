-- Purpose: a surrogate for every category and brand, which have no table of their own.
-- Grain: one row a label and name. Parameters: tenant_id. Rerun: inserts only what is missing.
INSERT INTO ops.graph_name (tenant_id, label, name)
SELECT %(tenant_id)s, label, name
FROM (
    SELECT DISTINCT 'Category' AS label, category AS name
    FROM core.product WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL AND category IS NOT NULL
    UNION ALL
    SELECT DISTINCT 'Brand', brand
    FROM core.product WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL AND brand IS NOT NULL
) AS wanted
WHERE NOT EXISTS (
    SELECT FROM ops.graph_name AS known
    WHERE known.tenant_id = %(tenant_id)s AND known.label = wanted.label AND known.name = wanted.name
)
ORDER BY label, name
