-- Purpose: the columns of the source that a table of the stage has, in their order; not those that the stage adds.
-- Grain: one row a column. Parameters: schema, collection. Rerun: reads only.
SELECT attname
FROM pg_attribute
WHERE attrelid = format('%%I.%%I', %(schema)s::text, %(collection)s::text)::regclass
  AND attnum > 0 AND NOT attisdropped
  AND attname NOT IN ('line', 'raw', 'problem', 'source_key', 'source_rev')
ORDER BY attnum
