-- Purpose: the Product vertices follow core. A product that has left the catalogue stays while events name it; its price
-- is told where it is in the tenant's currency.
-- Grain: one row a product. Parameters: tenant_id, graph_name, label, currency; {vertices}, the label's table.
-- Rerun: only vertices that differ are touched.
MERGE INTO {vertices} AS vertex
USING (
    SELECT
        _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, product.graph_key) AS id,
        agtype_build_map_nonull(
            'product_id', product.product_id,
            'name', product.name,
            'price', CASE WHEN product.currency = %(currency)s THEN product.price_minor END
        ) AS properties
    FROM core.product AS product
    WHERE product.tenant_id = %(tenant_id)s
      AND (product.deleted_at IS NULL OR EXISTS (
          SELECT FROM core.event
          WHERE event.tenant_id = product.tenant_id AND event.product_id = product.product_id
      ))
) AS wanted
ON vertex.id = wanted.id
WHEN MATCHED AND vertex.properties <> wanted.properties THEN UPDATE SET properties = wanted.properties
WHEN NOT MATCHED BY TARGET THEN INSERT (id, properties) VALUES (wanted.id, wanted.properties)
WHEN NOT MATCHED BY SOURCE THEN DELETE
