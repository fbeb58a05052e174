-- Purpose: what rows of the quarantine are, and whether each is open. The rows of a run stopped before its merge are evidence.
-- Grain: one row a row set aside. Parameters: tenant_id, quarantine_ids. Rerun: reads only.
SELECT
    quarantine_id,
    collection,
    rule,
    source_key,
    source_rev,
    CASE WHEN run.is_evidence THEN 'of a stopped run' ELSE aside.state END,
    run.source_kind
FROM ops.quarantine AS aside
JOIN ops.sync_run AS run USING (tenant_id, sync_run_id)
WHERE tenant_id = %(tenant_id)s AND quarantine_id = ANY (%(quarantine_ids)s)
ORDER BY quarantine_id
