-- Purpose: the catalogue as the source has it now.
-- Grain: one row a product. Parameters: tenant_id. Rerun: only rows of another source_rev are touched.
MERGE INTO core.product AS known
USING shaped_product AS read
ON known.tenant_id = %(tenant_id)s AND known.product_id = read.product_id
WHEN MATCHED AND known.source_rev <> read.source_rev THEN UPDATE SET
    name = read.name,
    category = read.category,
    brand = read.brand,
    price_minor = read.price_minor,
    currency = read.currency,
    keywords = read.keywords,
    source_rev = read.source_rev,
    deleted_at = read.deleted_at
WHEN NOT MATCHED THEN INSERT (
    tenant_id, product_id, name, category, brand, price_minor, currency, keywords, source_rev, deleted_at)
VALUES (
    %(tenant_id)s, read.product_id, read.name, read.category, read.brand, read.price_minor, read.currency,
    read.keywords, read.source_rev, read.deleted_at)
