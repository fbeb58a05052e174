-- Purpose: which rule each rejected row of the stage broke. Grain: one row a rejected row. Rerun: reads only.
SELECT line, rule FROM rejected ORDER BY line
