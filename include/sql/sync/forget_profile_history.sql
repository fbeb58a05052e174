-- Purpose: what is remembered of profiles that the source no longer has goes with them.
-- Grain: one row a former state. Parameters: tenant_id. Rerun: finds none.
DELETE FROM core.profile_history AS history
USING gone
WHERE gone.collection IN ('cdp_profile', 'crm_customers')
  AND history.tenant_id = %(tenant_id)s AND history.profile_id = gone.source_key
