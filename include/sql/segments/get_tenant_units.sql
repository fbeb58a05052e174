-- Purpose: the units in which a tenant's requests are read: currency, its decimals, time zone, language.
-- Grain: one row, or none where there is no such tenant.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT currency, minor_units, time_zone, language
FROM ops.tenant
WHERE tenant_id = %(tenant_id)s
