-- Purpose: how many texts wait for a vector of a model and precision, for the progress that is logged.
-- Grain: one row.
-- Parameters: tenant_id, model, precision.
-- Rerun: reads only.
SELECT count(DISTINCT text.input_hash)
FROM profile.text AS text
WHERE text.tenant_id = %(tenant_id)s
  AND NOT EXISTS (
      SELECT FROM profile.embedding AS embedding
      WHERE embedding.tenant_id = %(tenant_id)s AND embedding.model = %(model)s
        AND embedding.precision = %(precision)s AND embedding.input_hash = text.input_hash
  )
