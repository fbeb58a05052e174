-- Purpose: what a person agreed to, and when. Grain: one row a statement, oldest first. Parameters: tenant_id, profiles.
-- Rerun: reads only.
SELECT profile_id, channel, purpose, state, legal_basis, evidence, source, since, recorded_at
FROM core.consent
WHERE tenant_id = %(tenant_id)s AND profile_id = ANY (%(profiles)s)
ORDER BY since, consent_id
