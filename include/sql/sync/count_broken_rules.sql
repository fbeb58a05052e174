-- Purpose: how many rows broke which rule. Grain: one row a rule. Rerun: reads only.
SELECT rule, count(*) FROM rejected GROUP BY rule ORDER BY rule
