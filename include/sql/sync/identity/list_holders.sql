-- Purpose: the profiles that have a value. Grain: one row a profile. Parameters: tenant_id, kind, value, pseudonym_key,
-- most. Rerun: reads only.
SELECT profile_id
FROM core.identity
WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s
  AND value_hash = core.identity_hash(%(kind)s, %(value)s, %(pseudonym_key)s)
LIMIT %(most)s
