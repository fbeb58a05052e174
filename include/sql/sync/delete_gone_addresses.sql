-- Purpose: the addresses of profiles that the source no longer has. What was suppressed stays so, by its hash.
-- Grain: one row a profile, channel and address. Parameters: tenant_id. Rerun: finds none.
DELETE FROM core.channel_address AS known
USING gone
WHERE gone.collection IN ('cdp_profile', 'crm_customers')
  AND known.tenant_id = %(tenant_id)s AND known.profile_id = gone.source_key
