-- Purpose: say how a tenant's brand speaks in a language.
-- Grain: one row a language; '' for every language without one of its own.
-- Parameters: tenant_id, language, voice, does, does_not, set_by.
-- Rerun: the last one holds.
INSERT INTO activation.brand_voice (tenant_id, language, voice, does, does_not, set_by)
VALUES (%(tenant_id)s, %(language)s, %(voice)s, %(does)s, %(does_not)s, %(set_by)s)
ON CONFLICT (tenant_id, language) DO UPDATE SET
    voice = excluded.voice, does = excluded.does, does_not = excluded.does_not, set_by = excluded.set_by,
    set_at = now()
