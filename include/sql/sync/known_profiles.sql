-- Purpose: the profiles that core has of the source. Grain: one row a profile. Parameters: tenant_id. Rerun: reads only.
SELECT profile_id AS source_key, source_rev FROM core.profile WHERE tenant_id = %(tenant_id)s AND gone_at IS NULL
