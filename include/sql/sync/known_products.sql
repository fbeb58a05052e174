-- Purpose: the products that core has of the source. Grain: one row a product. Parameters: tenant_id. Rerun: reads only.
SELECT source_key, source_rev
FROM core.product
WHERE tenant_id = %(tenant_id)s AND gone_at IS NULL AND source_key IS NOT NULL
