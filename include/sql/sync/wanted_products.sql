-- Purpose: what the graph is to hold of products. One that has left the catalogue stays while events name it; its price
-- is told in the tenant's currency, by the rate of the run's as-of.
-- Grain: one row a Product vertex: id, properties. Parameters: tenant_id, graph_name, label, currency, as_of; {source}:
-- core.product, or the rows of it that a run concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, product.graph_key) AS id,
    agtype_build_map_nonull(
        'product_id', product.product_id,
        'name', product.name,
        'price', CASE
            WHEN product.currency = %(currency)s THEN product.price_minor
            ELSE core.in_home_currency(product.tenant_id, product.price_minor, product.currency, %(as_of)s)
        END
    ) AS properties
FROM {source} AS product
WHERE product.tenant_id = %(tenant_id)s
  AND (product.deleted_at IS NULL OR EXISTS (
      SELECT FROM core.event
      WHERE event.tenant_id = product.tenant_id AND event.product_id = product.product_id
  ))
