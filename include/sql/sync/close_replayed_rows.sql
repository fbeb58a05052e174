-- Purpose: the rows of the quarantine whose repair has passed and is merged. Their line in the stage is their id.
-- Grain: one row a repaired row. Parameters: tenant_id, sync_run_id, collection; {collection}, its table in the stage.
-- Rerun: finds none.
UPDATE ops.quarantine AS aside
SET state = 'replayed', closed_at = now(), closed_by_run = %(sync_run_id)s
FROM {collection} AS staged
WHERE aside.tenant_id = %(tenant_id)s AND aside.quarantine_id = staged.line AND aside.state = 'open'
  AND NOT EXISTS (SELECT FROM rejected WHERE collection = %(collection)s AND rejected.line = staged.line)
