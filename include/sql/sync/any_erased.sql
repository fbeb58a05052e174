-- Purpose: whether anybody of the tenant was ever erased, and whether events have a horizon. Grain: one row.
-- Parameters: tenant_id. Rerun: reads only.
SELECT
    EXISTS (SELECT FROM rights.erased_person WHERE tenant_id = %(tenant_id)s),
    EXISTS (SELECT FROM rights.horizon WHERE tenant_id = %(tenant_id)s)
