-- Purpose: forget what is no longer there: retired segments, whatever was erased, and explanations in a language that
--          the model does not know.
-- Grain: every remembered thing of the tenant that is not memorable any more.
-- Parameters: tenant_id, languages: those that the model knows, null: all.
-- Rerun: finds nothing.
DELETE FROM segment.memory AS memory
USING (
    SELECT kind, reference FROM segment.memory WHERE tenant_id = %(tenant_id)s
    EXCEPT
    SELECT kind, reference
    FROM segment.memorable
    WHERE tenant_id = %(tenant_id)s
      AND (kind <> 'explanation' OR %(languages)s::text[] IS NULL
           OR inputs ->> 'language' = ANY (%(languages)s::text[]))
) AS gone
WHERE memory.tenant_id = %(tenant_id)s AND memory.kind = gone.kind AND memory.reference = gone.reference
