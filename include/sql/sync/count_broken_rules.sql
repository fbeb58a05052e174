-- Purpose: how many rows broke which rule. Grain: one row a collection and rule. Parameters: none. Rerun: reads only.
SELECT collection, rule, count(*) FROM rejected GROUP BY collection, rule ORDER BY collection, rule
