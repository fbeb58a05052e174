-- Purpose: the names of products by their ids in the source, where no other product has the name.
-- Grain: one row a wanted id that is known and whose name is its alone.
-- Parameters: tenant_id, item_ids (product ids or source keys).
-- Rerun: reads only.
SELECT wanted.item_id, product.name
FROM unnest(%(item_ids)s::text[]) AS wanted (item_id)
JOIN core.product AS product
    ON product.tenant_id = %(tenant_id)s AND wanted.item_id IN (product.product_id, product.source_key)
WHERE product.deleted_at IS NULL AND NOT EXISTS (
    SELECT FROM core.product AS other
    WHERE other.tenant_id = product.tenant_id AND other.name = product.name AND other.deleted_at IS NULL
      AND other.product_id <> product.product_id
)
