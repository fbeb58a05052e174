-- Purpose: how near a phrase is to the tenant's customers as a whole, from which its threshold is calibrated.
-- Grain: one row: customers with a vector, the smallest and the largest similarity, and customers whose text has no vector
--        of the model yet.
-- Parameters: tenant_id, model, precision, phrase (the vector as text).
-- Rerun: reads only.
SELECT
    count(embedding.vector),
    min(1 - (embedding.vector OPERATOR(public.<=>) %(phrase)s::public.vector)),
    max(1 - (embedding.vector OPERATOR(public.<=>) %(phrase)s::public.vector)),
    count(*) - count(embedding.vector)
FROM profile.text AS text
LEFT JOIN profile.embedding AS embedding
    ON embedding.tenant_id = %(tenant_id)s AND embedding.input_hash = text.input_hash
    AND embedding.model = %(model)s AND embedding.precision = %(precision)s
WHERE text.tenant_id = %(tenant_id)s
