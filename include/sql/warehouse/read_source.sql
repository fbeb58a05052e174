-- Purpose: where a tenant's data is read from. Grain: at most one row.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT kind, location, stands_still_at FROM ops.source WHERE tenant_id = %(tenant_id)s
