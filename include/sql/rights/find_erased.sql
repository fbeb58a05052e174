-- Purpose: whether somebody by this name was erased before. Grain: one row: when, or null. Parameters: tenant_id, named, key.
-- Rerun: reads only.
SELECT max(erased_at)
FROM rights.erased_person
WHERE tenant_id = %(tenant_id)s AND (kind, hash) IN (
    SELECT kind, rights.person_hash(kind, %(named)s, %(key)s)
    FROM unnest(ARRAY['customer', 'profile', 'address']) AS asked (kind)
)
