-- Purpose: rows that were set aside and are no longer at the source, because the record was removed or the person asked
-- to be forgotten: their bytes are emptied, whatever became of them before. After a whole read that is every key that was
-- not read, unless rows without a key stand in the collection: any of them may be the missing one.
-- Grain: one row a row set aside. Parameters: tenant_id, sync_run_id, collection, whole (whether every row of the source
-- was read); {collection}, its table in the stage.
-- Rerun: finds none.
UPDATE ops.quarantine AS aside
SET state = CASE WHEN state IN ('open', 'replayed') THEN 'gone' ELSE state END,
    closed_at = coalesce(closed_at, now()),
    closed_by_run = coalesce(closed_by_run, %(sync_run_id)s),
    raw = ''
WHERE tenant_id = %(tenant_id)s AND collection = %(collection)s
  AND (state IN ('open', 'replayed') OR raw <> '')
  AND (
      source_key IN (SELECT source_key FROM gone WHERE collection = %(collection)s)
      OR %(whole)s
          AND source_key NOT IN (SELECT source_key FROM {collection})
          AND NOT EXISTS (SELECT FROM {collection} WHERE source_key = '')
      -- Nothing names the row: it is there as long as the same bytes are set aside again.
      OR %(whole)s AND source_key = '' AND md5(raw) NOT IN (
          SELECT md5(staged.raw)
          FROM rejected
          JOIN {collection} AS staged USING (line)
          WHERE rejected.collection = %(collection)s
      )
  )
