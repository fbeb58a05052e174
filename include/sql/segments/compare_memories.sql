-- Purpose: how near words are to what is remembered, exactly (no index), nearest first; a segment before its request.
-- Grain: one row a remembered thing of the kinds; similarity is null where its vector is another model's.
-- Parameters: tenant_id, model, precision, kinds, phrase (the vector), limit.
-- Rerun: reads only.
SELECT memory.kind, memory.reference, memory.title, memory.body,
    CASE WHEN memory.model = %(model)s AND memory.precision = %(precision)s THEN
        round((1 - (memory.vector OPERATOR(public.<=>) %(phrase)s::public.vector))::numeric, 6)::double precision
    END AS similarity
FROM segment.memory AS memory
WHERE memory.tenant_id = %(tenant_id)s AND memory.kind = ANY (%(kinds)s)
ORDER BY similarity DESC NULLS FIRST, memory.kind DESC, memory.reference
LIMIT %(limit)s
