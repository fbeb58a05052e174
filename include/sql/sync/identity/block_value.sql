-- Purpose: a value joins nobody any more, and nothing is asked about it.
-- Grain: one row a value. Parameters: tenant_id, kind, value, pseudonym_key, reason, blocked_by.
-- Rerun: the first one stands.
WITH named AS (
    SELECT core.identity_hash(%(kind)s, %(value)s, %(pseudonym_key)s) AS value_hash
), blocked AS (
    INSERT INTO core.identity_block (tenant_id, kind, value_hash, reason, blocked_by)
    SELECT %(tenant_id)s, %(kind)s, value_hash, %(reason)s, %(blocked_by)s FROM named
    ON CONFLICT DO NOTHING
)
UPDATE core.identity_case AS asked
SET state = 'lapsed'
FROM named
WHERE asked.tenant_id = %(tenant_id)s AND asked.kind = %(kind)s AND asked.value_hash = named.value_hash
  AND asked.state = 'waiting'
