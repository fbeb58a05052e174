-- Purpose: what the graph is to hold of a product's category or brand: at most one of each, so the product's surrogate
-- is the edge's.
-- Grain: one row an IN_CATEGORY or OF_BRAND edge: id, start_id, end_id, properties. Parameters: tenant_id, graph_name,
-- label, start_label, end_label; {source}: core.product, or the rows of it that a run concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, product.graph_key) AS id,
    _graphid((SELECT _label_id(%(graph_name)s, %(start_label)s))::integer, product.graph_key) AS start_id,
    _graphid((SELECT _label_id(%(graph_name)s, %(end_label)s))::integer, named.graph_key) AS end_id,
    agtype_build_map() AS properties
FROM {source} AS product
JOIN ops.graph_name AS named ON named.tenant_id = product.tenant_id AND named.label = %(end_label)s
    AND named.name = CASE %(end_label)s WHEN 'Category' THEN product.category ELSE product.brand END
WHERE product.tenant_id = %(tenant_id)s AND product.deleted_at IS NULL
