-- Purpose: forget what an earlier replay of this session asked for.
-- Grain: none.
-- Parameters: none.
-- Rerun: nothing where there is none.
DROP TABLE IF EXISTS pg_temp.kept_item
