-- Purpose: the profiles about which a person decided something since the last run. What is decided while this run is at
-- work stays for the next.
-- Grain: one row a profile. Parameters: tenant_id. Rerun: finds none.
WITH taken AS (
    DELETE FROM core.identity_due WHERE tenant_id = %(tenant_id)s RETURNING profile_id
)
INSERT INTO touched_profile (profile_id) SELECT profile_id FROM taken
