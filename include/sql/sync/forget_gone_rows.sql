-- Purpose: rows that were set aside and are no longer at the source, because the record was removed or the person asked
-- to be forgotten: their bytes are emptied, whatever became of them before. After a whole read that is every key that was
-- not read, unless rows without a key stand in the collection: any of them may be the missing one.
-- Grain: one row a row set aside. Parameters: tenant_id, sync_run_id, collection, whole (whether every row of the source
-- was read); {collection}, its table in the stage.
-- Rerun: finds none.
WITH held AS MATERIALIZED (
    SELECT quarantine_id, source_key, CASE WHEN source_key = '' THEN md5(raw) END AS hash
    FROM ops.quarantine
    WHERE tenant_id = %(tenant_id)s AND collection = %(collection)s
      AND (state IN ('open', 'replayed') OR raw <> '')
),
-- Joined from the few to the many: the stage can have millions of rows.
present AS MATERIALIZED (
    SELECT DISTINCT staged.source_key
    FROM {collection} AS staged
    JOIN (SELECT DISTINCT source_key FROM held) AS wanted USING (source_key)
),
-- Nothing names these: such a row is there as long as the same bytes are set aside again.
unnamed AS MATERIALIZED (
    SELECT DISTINCT md5(staged.raw) AS hash FROM {collection} AS staged WHERE staged.source_key = ''
)
UPDATE ops.quarantine AS aside
SET state = CASE WHEN aside.state IN ('open', 'replayed') THEN 'gone' ELSE aside.state END,
    closed_at = coalesce(aside.closed_at, now()),
    closed_by_run = coalesce(aside.closed_by_run, %(sync_run_id)s),
    raw = ''
FROM held
LEFT JOIN present USING (source_key)
LEFT JOIN unnamed USING (hash)
LEFT JOIN gone ON gone.collection = %(collection)s AND gone.source_key = held.source_key
WHERE aside.quarantine_id = held.quarantine_id
  AND (
      gone.source_key IS NOT NULL
      OR %(whole)s AND held.source_key = '' AND unnamed.hash IS NULL
      OR %(whole)s AND held.source_key <> '' AND present.source_key IS NULL AND NOT EXISTS (SELECT FROM unnamed)
  )
