-- Purpose: how many texts have no vector of any model yet.
-- Grain: one row.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT count(DISTINCT text.input_hash)
FROM profile.text AS text
WHERE text.tenant_id = %(tenant_id)s
  AND NOT EXISTS (
      SELECT FROM profile.embedding AS embedding
      WHERE embedding.tenant_id = %(tenant_id)s AND embedding.input_hash = text.input_hash
  )
