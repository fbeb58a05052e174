-- Purpose: the settings of a tenant. Grain: at most one row.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT tenant_id, name, currency, interest_model, time_zone, minor_units, language, interest_half_life_days,
       luxury_threshold_minor, consent_basis, armed_at
FROM ops.tenant
WHERE tenant_id = %(tenant_id)s
