-- Purpose: what a person decided is resolved now. Grain: one row a profile. Parameters: tenant_id. Rerun: finds none.
DELETE FROM core.identity_due
WHERE tenant_id = %(tenant_id)s AND profile_id IN (SELECT profile_id FROM touched_profile)
