-- Purpose: the customers that cannot be taken, each with the first rule that it breaks (docs/decisions/quality-gate.md).
-- Grain: one row a rejected row. Parameters: none. Rerun: the caller has emptied the table.
INSERT INTO rejected (collection, line, source_key, rule)
SELECT 'crm_customers', line, left(customer_id, 254), rule
FROM (
    SELECT
        customer.line,
        customer.customer_id,
        CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN nullif(btrim(customer_id), '') IS NULL THEN 'no_id'
            WHEN length(customer_id) > 254 OR length(email) > 254
                OR greatest(length(first_name), length(last_name), length(favorite_color)) > 200 THEN 'over_long_text'
            WHEN line > first_line THEN 'duplicate_id'
            WHEN NOT core.is_moment(created_at) THEN 'bad_date'
            WHEN NOT core.is_email(btrim(email)) THEN 'bad_email'
            WHEN country IS NOT NULL
                AND NOT EXISTS (SELECT FROM country_name WHERE name = lower(btrim(customer.country))) THEN 'bad_country'
            WHEN NOT (core.is_number(age) AND age !~ '\.' AND age::numeric BETWEEN 0 AND 120)
                OR NOT core.is_number(total_spent) THEN 'bad_number'
        END AS rule
    FROM crm_customers AS customer
    LEFT JOIN (
        SELECT customer_id, min(line) AS first_line
        FROM crm_customers
        WHERE problem IS NULL
        GROUP BY customer_id
        HAVING count(*) > 1
    ) AS repeated USING (customer_id)
) AS judged
WHERE rule IS NOT NULL
