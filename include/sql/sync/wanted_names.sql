-- Purpose: what the graph is to hold of categories or brands: the names that the catalogue uses.
-- Grain: one row a Category or Brand vertex: id, properties. Parameters: tenant_id, graph_name, label; {source}:
-- ops.graph_name, or the rows of it that a run concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, named.graph_key) AS id,
    agtype_build_map('name', named.name) AS properties
FROM {source} AS named
WHERE named.tenant_id = %(tenant_id)s AND named.label = %(label)s AND EXISTS (
    SELECT FROM core.product
    WHERE product.tenant_id = named.tenant_id AND product.deleted_at IS NULL
      AND CASE %(label)s WHEN 'Category' THEN product.category ELSE product.brand END = named.name
)
