-- Purpose: customers of the CSV form in the sources' common form.
-- Grain: one row a customer that passed. Parameters: minor_units of the tenant's currency.
-- Rerun: the caller has emptied the table.
INSERT INTO shaped_profile (
    line, profile_id, first_name, last_name, email, age, country, favorite_color, total_spent_minor, keywords, scores,
    ext_attributes, source_rev, source_created_at)
SELECT
    line,
    customer_id,
    first_name,
    last_name,
    core.normal_email(email),
    age::smallint,
    country_name.code,
    lower(btrim(favorite_color)),
    core.to_minor(total_spent, %(minor_units)s),
    '{}',
    '{}',
    '{}',
    source_rev,
    created_at::timestamptz
FROM crm_customers AS customer
LEFT JOIN country_name ON country_name.name = lower(btrim(customer.country))
WHERE NOT EXISTS (SELECT FROM rejected WHERE collection = 'crm_customers' AND rejected.line = customer.line)
