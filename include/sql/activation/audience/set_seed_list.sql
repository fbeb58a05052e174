-- Purpose: name a seed list.
-- Grain: one row.
-- Parameters: tenant_id, seed_list_id, changed_by.
-- Rerun: the last one holds.
INSERT INTO activation.seed_list (tenant_id, seed_list_id, changed_by)
VALUES (%(tenant_id)s, %(seed_list_id)s, %(changed_by)s)
ON CONFLICT (tenant_id, seed_list_id) DO UPDATE SET changed_by = excluded.changed_by, changed_at = now()
