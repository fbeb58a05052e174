-- Purpose: a person's profiles are not processed for a purpose until that is lifted. What another request brought stands beside
-- it, so that lifting or refusing the one leaves the other.
-- Grain: one row a profile. Parameters: tenant_id, profiles, purpose, request_id. Rerun: inserts nothing.
INSERT INTO rights.restriction (tenant_id, profile_id, purpose, request_id)
SELECT %(tenant_id)s, profile_id, %(purpose)s, %(request_id)s
FROM unnest(%(profiles)s::text[]) AS own (profile_id)
ON CONFLICT DO NOTHING
