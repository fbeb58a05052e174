-- Purpose: the vectors of texts that only people who are gone have. Run it before their texts are deleted.
-- Grain: one row a text, model and precision. Parameters: tenant_id. Rerun: finds none.
DELETE FROM profile.embedding
WHERE embedding.tenant_id = %(tenant_id)s
  AND embedding.input_hash IN (
      SELECT text.input_hash
      FROM profile.text
      JOIN person_gone USING (customer_id)
      WHERE text.tenant_id = %(tenant_id)s
  )
  AND NOT EXISTS (
      SELECT FROM profile.text
      WHERE text.tenant_id = %(tenant_id)s AND text.input_hash = embedding.input_hash
        AND text.customer_id NOT IN (SELECT person_gone.customer_id FROM person_gone)
  )
