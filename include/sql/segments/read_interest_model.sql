-- Purpose: by which model the tenant's interests were computed.
-- Grain: one row, null where there are none.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT max(model_version) FROM profile.interest WHERE tenant_id = %(tenant_id)s
