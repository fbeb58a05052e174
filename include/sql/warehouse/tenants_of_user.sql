-- Purpose: whom a user may see on the Segment desk. Grain: one row a tenant, by name.
-- Parameters: user_id. Rerun: reads only.
SELECT tenant_id, name FROM ops.tenants_of(%(user_id)s)
