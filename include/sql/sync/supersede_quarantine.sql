-- Purpose: rows that were set aside (or repaired) in an earlier state: their key was read again, and the row passed,
-- broke another rule or has other bytes.
-- Grain: one row a row set aside. Parameters: tenant_id, sync_run_id, collection; {collection}, its table in the stage.
-- Rerun: finds none.
UPDATE ops.quarantine AS aside
SET state = 'superseded', closed_at = now(), closed_by_run = %(sync_run_id)s
FROM (
    SELECT
        quarantine_id,
        source_key,
        rule,
        md5(raw) AS hash,
        -- What a run set aside that was stopped before its merge is evidence; the same row set aside since comes first.
        row_number() OVER (PARTITION BY rule, md5(raw) ORDER BY run.is_evidence, quarantine_id) AS place
    FROM ops.quarantine AS each
    JOIN ops.sync_run AS run USING (tenant_id, sync_run_id)
    WHERE tenant_id = %(tenant_id)s AND collection = %(collection)s AND each.state IN ('open', 'replayed')
) AS held
LEFT JOIN (
    SELECT rule, md5(raw) AS hash, count(*) AS rows
    FROM rejected
    JOIN {collection} AS staged USING (line)
    WHERE collection = %(collection)s
    GROUP BY 1, 2
) AS again ON again.rule = held.rule AND again.hash = held.hash AND held.place <= again.rows
WHERE aside.quarantine_id = held.quarantine_id
  AND again.hash IS NULL
  AND held.source_key IN (SELECT source_key FROM {collection} WHERE source_key <> '')
