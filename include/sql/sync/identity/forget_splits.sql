-- Purpose: profiles that a person says are one after all are no longer kept apart.
-- Grain: one row a pair. Parameters: tenant_id, profiles. Rerun: finds none.
DELETE FROM core.identity_split
WHERE tenant_id = %(tenant_id)s AND one_profile_id = ANY (%(profiles)s) AND other_profile_id = ANY (%(profiles)s)
