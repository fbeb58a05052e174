-- Purpose: in which currency a tenant counts, and how many digits its minor unit stands behind the point.
-- Grain: one row.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT currency, minor_units FROM ops.tenant WHERE tenant_id = %(tenant_id)s
