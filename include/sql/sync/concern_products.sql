-- Purpose: the products whose vertex or edges this run may change: changed ones, and those that left the catalogue where
-- events came or went, because such a product stays while events name it.
-- Grain: one row a product. Parameters: tenant_id; {concerned}, the place. Rerun: adds nothing.
INSERT INTO {concerned}
SELECT product.*
FROM core.product AS product
WHERE product.tenant_id = %(tenant_id)s AND (
    product.product_id IN (SELECT product_id FROM changed_product)
    OR (product.deleted_at IS NOT NULL AND EXISTS (SELECT FROM changed_event))
)
ON CONFLICT (graph_key) DO NOTHING
