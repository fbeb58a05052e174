-- Purpose: some rows of a collection as they were read, to see which attributes its documents have.
-- Grain: one row a row. Parameters: percent and most, of the rows; {collection}, its table in the stage.
-- Rerun: reads only; the sample is the same.
SELECT raw
FROM {collection} TABLESAMPLE SYSTEM (%(percent)s) REPEATABLE (1)
WHERE problem IS NULL
LIMIT %(most)s
