-- Purpose: the Category or Brand vertices follow the catalogue.
-- Grain: one row a name. Parameters: tenant_id, graph_name, label; {vertices}, the label's table.
-- Rerun: only vertices that differ are touched.
MERGE INTO {vertices} AS vertex
USING (
    SELECT _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, graph_key) AS id, agtype_build_map('name', name) AS properties
    FROM ops.graph_name AS named
    WHERE tenant_id = %(tenant_id)s AND label = %(label)s AND EXISTS (
        SELECT FROM core.product
        WHERE product.tenant_id = named.tenant_id AND product.deleted_at IS NULL
          AND CASE %(label)s WHEN 'Category' THEN product.category ELSE product.brand END = named.name
    )
) AS wanted
ON vertex.id = wanted.id
WHEN NOT MATCHED BY TARGET THEN INSERT (id, properties) VALUES (wanted.id, wanted.properties)
WHEN NOT MATCHED BY SOURCE THEN DELETE
