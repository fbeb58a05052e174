-- Purpose: the latest merges, those that stand first. Grain: one row a merge. Parameters: tenant_id, most.
-- Rerun: reads only.
SELECT
    merge_id, survivor_id, absorbed_id, cardinality(absorbed_profiles) AS profiles, kinds, merged_at, undo_asked_by,
    undone_at, undone_by
FROM core.customer_merge
WHERE tenant_id = %(tenant_id)s
ORDER BY undone_at IS NOT NULL, merge_id DESC
LIMIT %(most)s
