-- Purpose: products that events name and the catalogue does not hold (any more), so that no event loses its product.
-- Grain: one row a product. Parameters: tenant_id. Rerun: the caller has emptied the table.
INSERT INTO shaped_product (line, product_id, source_key, name, category, keywords, source_rev)
SELECT 0, product_id, product_id, product_id, min(category), '{}', 'unlisted'
FROM shaped_event
WHERE product_id IS NOT NULL
  AND NOT EXISTS (SELECT FROM shaped_product WHERE shaped_product.product_id = shaped_event.product_id)
  AND NOT EXISTS (
      SELECT FROM core.product WHERE tenant_id = %(tenant_id)s AND core.product.product_id = shaped_event.product_id
  )
GROUP BY product_id
ON CONFLICT DO NOTHING
