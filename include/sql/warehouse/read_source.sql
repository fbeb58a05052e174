-- Purpose: where a tenant's data is read from. Grain: at most one row.
SELECT kind, location FROM ops.source WHERE tenant_id = %(tenant_id)s
