-- Purpose: what is set aside now, with its bytes and the kind of source that it came from.
-- Grain: one row a row set aside. Parameters: tenant_id, rule (null: all). Rerun: reads only.
SELECT quarantine_id, collection, rule, run.source_kind, raw
FROM ops.open_quarantine AS aside
JOIN ops.sync_run AS run USING (tenant_id, sync_run_id)
WHERE tenant_id = %(tenant_id)s AND (%(rule)s::text IS NULL OR rule = %(rule)s)
ORDER BY quarantine_id
