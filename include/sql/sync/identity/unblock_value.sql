-- Purpose: a value may join again. Grain: one row a value. Parameters: tenant_id, kind, value, pseudonym_key.
-- Rerun: finds none.
DELETE FROM core.identity_block
WHERE tenant_id = %(tenant_id)s AND kind = %(kind)s
  AND value_hash = core.identity_hash(%(kind)s, %(value)s, %(pseudonym_key)s)
