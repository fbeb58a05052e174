-- Purpose: the next sync resolves these profiles anew. Grain: one row a profile. Parameters: tenant_id, profiles.
-- Rerun: inserts only what is missing.
INSERT INTO core.identity_due (tenant_id, profile_id)
SELECT %(tenant_id)s, unnest(%(profiles)s::text[])
ON CONFLICT DO NOTHING
