-- Purpose: the products whose vertex or edges this run may change: changed ones; those that left the catalogue where
-- events came or went, because such a product stays while events name it; and those with a price in another currency
-- than the tenant's where the as-of is another than in the last run, or rates were loaded since it began.
-- Grain: one row a product. Parameters: tenant_id, currency, as_of, last_as_of, last_started_at; {concerned}, the place.
-- Rerun: adds nothing.
INSERT INTO {concerned}
SELECT product.*
FROM core.product AS product
WHERE product.tenant_id = %(tenant_id)s AND (
    product.product_id IN (SELECT product_id FROM changed_product)
    OR (product.deleted_at IS NOT NULL AND EXISTS (SELECT FROM changed_event))
    OR (product.currency <> %(currency)s AND (
        %(as_of)s::timestamptz <> %(last_as_of)s
        OR EXISTS (SELECT FROM core.currency_rate WHERE loaded_at >= %(last_started_at)s)
    ))
)
ON CONFLICT (graph_key) DO NOTHING
