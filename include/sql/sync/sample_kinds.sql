-- Purpose: which kind of content the columns of a collection hold, told by a sample.
-- Grain: one row a column and kind. Parameters: percent and most, of the rows; {collection}, its table in the stage;
-- {columns}, pairs of a column's name and the column. Rerun: reads only; the sample is the same.
SELECT
    each.name,
    CASE
        WHEN left(each.value, 1) = '{{' THEN 'object'
        WHEN left(each.value, 1) = '[' THEN 'list'
        WHEN core.is_number(each.value) THEN 'number'
        WHEN core.is_moment(each.value) THEN 'moment'
        ELSE 'text'
    END AS kind,
    count(*)
FROM (SELECT * FROM {collection} TABLESAMPLE SYSTEM (%(percent)s) REPEATABLE (1) LIMIT %(most)s) AS sampled
CROSS JOIN LATERAL (VALUES {columns}) AS each (name, value)
WHERE each.value IS NOT NULL
GROUP BY 1, 2
