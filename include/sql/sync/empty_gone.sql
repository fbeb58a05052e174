-- Purpose: forget what an earlier, interrupted check of this run found gone. Grain: every row of the temporary tables.
-- Parameters: none. Rerun: does the same.
TRUNCATE gone, withheld
