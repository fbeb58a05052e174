-- Purpose: create a tenant or bring its settings up to date. Grain: one row a tenant.
-- Parameters: the columns of ops.tenant less arming, which has its own way. Rerun: writes the same values.
INSERT INTO ops.tenant (
    tenant_id, name, time_zone, currency, minor_units, language, interest_model, interest_half_life_days,
    luxury_threshold_minor, consent_basis)
VALUES (
    %(tenant_id)s, %(name)s, %(time_zone)s, %(currency)s, %(minor_units)s, %(language)s, %(interest_model)s,
    %(interest_half_life_days)s, %(luxury_threshold_minor)s, %(consent_basis)s)
ON CONFLICT (tenant_id) DO UPDATE SET
    name = EXCLUDED.name,
    time_zone = EXCLUDED.time_zone,
    currency = EXCLUDED.currency,
    minor_units = EXCLUDED.minor_units,
    language = EXCLUDED.language,
    interest_model = EXCLUDED.interest_model,
    interest_half_life_days = EXCLUDED.interest_half_life_days,
    luxury_threshold_minor = EXCLUDED.luxury_threshold_minor,
    consent_basis = EXCLUDED.consent_basis
