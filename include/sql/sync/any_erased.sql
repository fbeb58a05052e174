-- Purpose: whether anybody of the tenant was ever erased. Grain: one row or none. Parameters: tenant_id. Rerun: reads only.
SELECT tenant_id FROM rights.erased_person WHERE tenant_id = %(tenant_id)s LIMIT 1
