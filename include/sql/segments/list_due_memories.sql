-- Purpose: what is worth remembering and is not yet, or not as it is now, or by another model.
-- Grain: one row a thing, by kind and reference.
-- Parameters: tenant_id, model, precision, kinds, languages: those that the model knows, null: all.
-- Rerun: reads only; what was remembered meanwhile comes back no more.
SELECT memorable.kind, memorable.reference, memorable.inputs, memorable.input_hash
FROM segment.memorable AS memorable
LEFT JOIN segment.memory AS memory
    ON memory.tenant_id = %(tenant_id)s AND memory.kind = memorable.kind AND memory.reference = memorable.reference
    AND memory.model = %(model)s AND memory.precision = %(precision)s AND memory.input_hash = memorable.input_hash
WHERE memorable.tenant_id = %(tenant_id)s AND memorable.kind = ANY (%(kinds)s) AND memory.reference IS NULL
  AND (memorable.kind <> 'explanation' OR %(languages)s::text[] IS NULL
       OR memorable.inputs ->> 'language' = ANY (%(languages)s::text[]))
ORDER BY memorable.kind, memorable.reference
