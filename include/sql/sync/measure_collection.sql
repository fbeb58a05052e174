-- Purpose: what the quality gate judges of a collection: counts only, no values.
-- Grain: one row. Parameters: collection; {collection}, its table in the stage; {shaped}, where what passed went; {key},
-- the column that identifies a row; {filled}, a count of each column. Rerun: reads only.
SELECT
    count(*),
    count({key}),
    (SELECT count(*) FROM rejected WHERE collection = %(collection)s),
    (SELECT count(DISTINCT line) FROM {shaped} WHERE line > 0),
    ARRAY[{filled}]::bigint[]
FROM {collection}
