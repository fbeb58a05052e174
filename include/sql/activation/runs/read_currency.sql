-- Purpose: in which currency a tenant counts.
-- Grain: one row.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT currency FROM ops.tenant WHERE tenant_id = %(tenant_id)s
