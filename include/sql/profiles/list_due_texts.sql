-- Purpose: the texts that have no vector of a model and precision yet, equal texts once, short ones first so that a
--          batch holds texts of like length.
-- Grain: one row a distinct text.
-- Parameters: tenant_id, model, precision.
-- Rerun: reads only.
SELECT text.input_hash, min(text.body) AS body
FROM profile.text AS text
WHERE text.tenant_id = %(tenant_id)s
  AND NOT EXISTS (
      SELECT FROM profile.embedding AS embedding
      WHERE embedding.tenant_id = %(tenant_id)s AND embedding.model = %(model)s
        AND embedding.precision = %(precision)s AND embedding.input_hash = text.input_hash
  )
GROUP BY text.input_hash
ORDER BY length(min(text.body)), text.input_hash
