-- Purpose: a person's profiles are not processed for a purpose until that is lifted.
-- Grain: one row a profile. Parameters: tenant_id, profiles, purpose, request_id. Rerun: the later request holds.
INSERT INTO rights.restriction (tenant_id, profile_id, purpose, request_id)
SELECT %(tenant_id)s, profile_id, %(purpose)s, %(request_id)s
FROM unnest(%(profiles)s::text[]) AS own (profile_id)
ON CONFLICT (tenant_id, profile_id, purpose) DO UPDATE SET request_id = excluded.request_id, until = NULL
