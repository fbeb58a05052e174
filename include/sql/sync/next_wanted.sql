-- Purpose: the next keys to read again. Grain: one row a key. Parameters: collection; after, the last key seen; batch.
-- Rerun: reads only.
SELECT source_key, source_rev
FROM wanted
WHERE collection = %(collection)s AND source_key > %(after)s
ORDER BY source_key
LIMIT %(batch)s
