-- Purpose: whether there is a seed list.
-- Grain: one row.
-- Parameters: tenant_id, seed_list_id.
-- Rerun: reads only.
SELECT count(*) FROM activation.seed_list WHERE tenant_id = %(tenant_id)s AND seed_list_id = %(seed_list_id)s
