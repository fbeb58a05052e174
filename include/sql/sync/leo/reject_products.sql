-- Purpose: the products of LEO that cannot be taken, each with the first rule that it breaks.
-- Grain: one row a rejected row. Rerun: the caller has emptied the table.
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
                OR greatest(length("categoryName"), length(brand)) > 200 THEN 'over_long_text'
            WHEN line > by_key.first_line OR line > by_id.first_line THEN 'duplicate_id'
            WHEN NOT core.is_number("salePrice") OR NOT core.is_number("originalPrice") THEN 'bad_number'
            WHEN "salePrice"::numeric < 0 OR "originalPrice"::numeric < 0 THEN 'negative_price'
            WHEN "priceCurrency" !~ '^[A-Z]{3}$' THEN 'bad_currency'
            WHEN NOT core.is_moment("updatedAt") THEN 'bad_date'
            WHEN keywords IS NOT NULL AND NOT (keywords LIKE '[%%' AND pg_input_is_valid(keywords, 'jsonb')) THEN 'malformed'
        END AS rule
    FROM cdp_productitem AS product
    LEFT JOIN (
        SELECT _key, min(line) AS first_line FROM cdp_productitem WHERE problem IS NULL GROUP BY 1 HAVING count(*) > 1
    ) AS by_key USING (_key)
    LEFT JOIN (
        SELECT "productId", min(line) AS first_line FROM cdp_productitem GROUP BY 1 HAVING count(*) > 1
    ) AS by_id USING ("productId")
) AS judged
WHERE rule IS NOT NULL
