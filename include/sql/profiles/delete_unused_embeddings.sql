-- Purpose: forget the vectors of texts that nobody has any more, of every model.
-- Grain: one row a vector removed.
-- Parameters: tenant_id.
-- Rerun: deletes nothing a second time.
DELETE FROM profile.embedding AS embedding
WHERE embedding.tenant_id = %(tenant_id)s
  AND NOT EXISTS (
      SELECT FROM profile.text AS text
      WHERE text.tenant_id = %(tenant_id)s AND text.input_hash = embedding.input_hash
  )
