-- Purpose: what the quality gate judges of a collection: counts only, no values.
-- Grain: one row. Parameters: collection; {collection}, its table in the stage; {shaped}, where what passed went; {key},
-- the column that identifies a row. Rerun: reads only.
SELECT
    (SELECT count(*) FROM {collection}),
    (SELECT count(*) FROM {collection} WHERE {key} IS NOT NULL),
    (SELECT count(*) FROM rejected WHERE collection = %(collection)s),
    (SELECT count(DISTINCT line) FROM {shaped} WHERE line > 0)
