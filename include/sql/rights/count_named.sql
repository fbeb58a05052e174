-- Purpose: how many rows name a person in words. Grain: one row. Parameters: tenant_id, pattern; {named}, whether a row does.
-- Rerun: reads only.
SELECT count(*) FROM {table} AS held WHERE held.tenant_id = %(tenant_id)s AND ({named})
