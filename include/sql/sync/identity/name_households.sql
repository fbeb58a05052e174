-- Purpose: a household of two customers up to the limit is named after the one whom the source knows longest; who hangs
-- together with more lives in none.
-- Grain: one row a customer. Parameters: most_profiles. Rerun: finds the same.
UPDATE home_place AS place
SET household_id = 'h-' || named.eldest
FROM (
    SELECT
        member,
        first_value(member) OVER (PARTITION BY label ORDER BY since NULLS LAST, member) AS eldest,
        count(*) OVER (PARTITION BY label) AS people
    FROM home_place
) AS named
WHERE place.member = named.member AND named.people BETWEEN 2 AND %(most_profiles)s
