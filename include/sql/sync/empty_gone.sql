-- Purpose: forget what an earlier, interrupted check of this run found gone. Rerun: does the same.
TRUNCATE gone, withheld
