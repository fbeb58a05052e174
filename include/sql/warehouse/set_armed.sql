-- Purpose: let a tenant's messages leave the allow-list in production, or keep them on it again.
-- Grain: one row where that changed. Parameters: tenant_id, armed, changed_by.
-- Rerun: a tenant that is armed stays armed since when it was.
UPDATE ops.tenant
SET armed_at = CASE WHEN %(armed)s THEN clock_timestamp() END, armed_by = %(changed_by)s
WHERE tenant_id = %(tenant_id)s AND (armed_at IS NOT NULL) <> %(armed)s
