-- Purpose: LEO's products in the sources' common form. LEO's events name a product by productId or by _key.
-- Grain: one row a product that passed. Parameters: currency of the tenant. Rerun: the caller has emptied the table.
INSERT INTO shaped_product (
    line, product_id, source_key, name, category, brand, price_minor, currency, keywords, source_rev, deleted_at)
SELECT
    line,
    coalesce("productId", _key),
    _key,
    coalesce(title, "productId", _key),
    "categoryName",
    brand,
    core.to_minor(coalesce("salePrice", "originalPrice"), core.minor_units(coalesce("priceCurrency", %(currency)s))),
    coalesce("priceCurrency", %(currency)s),
    ARRAY(SELECT jsonb_array_elements_text(coalesce(keywords, '[]')::jsonb)),
    source_rev,
    CASE WHEN status <> '1' THEN coalesce("updatedAt"::timestamptz, now()) END
FROM cdp_productitem AS product
WHERE NOT EXISTS (SELECT FROM rejected WHERE collection = 'cdp_productitem' AND rejected.line = product.line)
