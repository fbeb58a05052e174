-- Purpose: how many customers the tenant has, where every funnel begins.
-- Grain: one row.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT count(DISTINCT customer_id) FROM core.profile WHERE tenant_id = %(tenant_id)s AND deleted_at IS NULL
