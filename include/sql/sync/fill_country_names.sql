-- Purpose: every way to write a country, from the places as they were copied in.
-- Grain: one row a name. Parameters: none. Rerun: the schema is fresh.
INSERT INTO country_name (name, code)
SELECT name, code
FROM country
CROSS JOIN LATERAL (SELECT lower(code) UNION SELECT string_to_table(names, '|')) AS written (name)
