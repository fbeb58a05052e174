-- Purpose: keep the vectors of a batch.
-- Grain: one row a text, model and precision.
-- Parameters: tenant_id, model, precision; reads new_embedding.
-- Rerun: a text that has its vector keeps it.
INSERT INTO profile.embedding (tenant_id, model, precision, input_hash, vector)
SELECT %(tenant_id)s, %(model)s, %(precision)s, input_hash, vector
FROM new_embedding
ON CONFLICT DO NOTHING
