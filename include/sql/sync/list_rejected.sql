-- Purpose: which rule each rejected row of the stage broke. Grain: one row a rejected row. Parameters: none.
-- Rerun: reads only.
SELECT line, rule FROM rejected ORDER BY line
