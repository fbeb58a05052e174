-- Purpose: the products of the CSV form, which has no catalogue: what the events name. A product is its own category.
-- Grain: one row a product. Parameters: currency of the tenant. Rerun: the caller has emptied the table.
INSERT INTO shaped_product (line, product_id, source_key, name, category, currency, keywords, source_rev)
SELECT min(line), product_id, product_id, product_id, min(category), %(currency)s, '{}', md5(product_id)
FROM shaped_event
WHERE product_id IS NOT NULL
GROUP BY product_id
