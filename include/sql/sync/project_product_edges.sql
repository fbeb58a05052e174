-- Purpose: the IN_CATEGORY or OF_BRAND edges follow the catalogue: a product has at most one of each, so the product's
-- surrogate is the edge's.
-- Grain: one row a product. Parameters: tenant_id, graph_name, edge_label, start_label, end_label; {edges}, the label's
-- table. Rerun: only edges that differ are touched.
MERGE INTO {edges} AS edge
USING (
    SELECT
        _graphid((SELECT _label_id(%(graph_name)s, %(edge_label)s))::integer, product.graph_key) AS id,
        _graphid((SELECT _label_id(%(graph_name)s, %(start_label)s))::integer, product.graph_key) AS start_id,
        _graphid((SELECT _label_id(%(graph_name)s, %(end_label)s))::integer, named.graph_key) AS end_id
    FROM core.product AS product
    JOIN ops.graph_name AS named ON named.tenant_id = product.tenant_id AND named.label = %(end_label)s
        AND named.name = CASE %(end_label)s WHEN 'Category' THEN product.category ELSE product.brand END
    WHERE product.tenant_id = %(tenant_id)s AND product.deleted_at IS NULL
) AS wanted
ON edge.id = wanted.id
WHEN MATCHED AND edge.end_id <> wanted.end_id THEN UPDATE SET end_id = wanted.end_id
WHEN NOT MATCHED BY TARGET THEN INSERT (id, start_id, end_id, properties)
    VALUES (wanted.id, wanted.start_id, wanted.end_id, agtype_build_map())
WHEN NOT MATCHED BY SOURCE THEN DELETE
