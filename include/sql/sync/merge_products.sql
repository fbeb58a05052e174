-- Purpose: the catalogue as the source has it now. A product that only events name has no key at the source.
-- Grain: one row a product; gives their number. Parameters: tenant_id.
-- Rerun: only rows of another source_rev or key, or that were gone, are touched.
WITH merged AS (
    MERGE INTO core.product AS known
    USING (
        SELECT *, CASE WHEN source_rev <> 'unlisted' THEN source_key END AS listed_key FROM shaped_product
    ) AS read
    ON known.tenant_id = %(tenant_id)s AND known.product_id = read.product_id
    WHEN MATCHED AND (
        known.source_rev <> read.source_rev
        OR known.source_key IS DISTINCT FROM read.listed_key
        OR known.gone_at IS NOT NULL
    ) THEN UPDATE SET
        source_key = read.listed_key,
        name = read.name,
        category = read.category,
        brand = read.brand,
        price_minor = read.price_minor,
        currency = read.currency,
        keywords = read.keywords,
        source_rev = read.source_rev,
        deleted_at = read.deleted_at,
        gone_at = NULL
    WHEN NOT MATCHED THEN INSERT (
        tenant_id, product_id, source_key, name, category, brand, price_minor, currency, keywords, source_rev,
        deleted_at)
    VALUES (
        %(tenant_id)s, read.product_id, read.listed_key, read.name, read.category, read.brand, read.price_minor,
        read.currency, read.keywords, read.source_rev, read.deleted_at)
    RETURNING known.product_id
),
noted AS (
    INSERT INTO changed_product (product_id) SELECT product_id FROM merged ON CONFLICT DO NOTHING
)
SELECT count(*) FROM merged
