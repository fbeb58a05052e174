-- Purpose: the products of LEO that cannot be taken, each with the first rule that it breaks.
-- Grain: one row a rejected row. Parameters: tenant_id. Rerun: the caller has emptied the table.
INSERT INTO rejected (collection, line, source_key, rule)
SELECT 'cdp_productitem', line, left(_key, 254), rule
FROM (
    SELECT
        product.line,
        product._key,
        CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN product._key IS NULL THEN 'no_id'
            WHEN greatest(length(product._key), length("productId")) > 254 OR length(title) > 500
                OR greatest(length("categoryName"), length(product.brand)) > 200 THEN 'over_long_text'
            WHEN line > by_key.first_line OR line > by_id.first_line OR known.product_id IS NOT NULL
                THEN 'duplicate_id'
            WHEN NOT core.is_number("salePrice") OR NOT core.is_number("originalPrice") THEN 'bad_number'
            WHEN "salePrice"::numeric < 0 OR "originalPrice"::numeric < 0 THEN 'negative_price'
            WHEN "priceCurrency" !~ '^[A-Z]{3}$' THEN 'bad_currency'
            WHEN NOT core.is_moment("updatedAt") THEN 'bad_date'
            WHEN product.keywords IS NOT NULL
                AND NOT (product.keywords LIKE '[%%' AND pg_input_is_valid(product.keywords, 'jsonb')) THEN 'malformed'
        END AS rule
    FROM cdp_productitem AS product
    LEFT JOIN (
        SELECT _key, min(line) AS first_line FROM cdp_productitem WHERE problem IS NULL GROUP BY 1 HAVING count(*) > 1
    ) AS by_key USING (_key)
    LEFT JOIN (
        SELECT coalesce("productId", _key) AS product_id, min(line) AS first_line
        FROM cdp_productitem
        WHERE problem IS NULL
        GROUP BY 1
        HAVING count(*) > 1
    ) AS by_id ON by_id.product_id = coalesce("productId", product._key)
    -- Where only some rows are read, the id may stand on another record that was read before and is still there.
    LEFT JOIN core.product AS known ON known.tenant_id = %(tenant_id)s
        AND known.product_id = coalesce("productId", product._key) AND known.source_key <> product._key
        AND known.gone_at IS NULL
        AND known.source_key NOT IN (SELECT staged.source_key FROM cdp_productitem AS staged)
        AND known.source_key NOT IN (SELECT gone.source_key FROM gone WHERE collection = 'cdp_productitem')
) AS judged
WHERE rule IS NOT NULL
