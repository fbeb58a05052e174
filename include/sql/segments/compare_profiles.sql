-- Purpose: how near a phrase is to the customers that a query found, nearest first. Only they are compared, and the
--          order by distance + 0 keeps an index on the vectors, should there be one, from cutting the answer short.
-- Grain: one row a customer who has a text; similarity is null where the text has no vector of the model yet.
-- Parameters: tenant_id, model, precision, phrase (the vector as text), customer_ids.
-- Rerun: reads only.
SELECT
    text.customer_id,
    round((1 - (embedding.vector OPERATOR(public.<=>) %(phrase)s::public.vector))::numeric, 6)::double precision
        AS similarity
FROM unnest(%(customer_ids)s::text[]) AS asked (customer_id)
JOIN profile.text AS text ON text.tenant_id = %(tenant_id)s AND text.customer_id = asked.customer_id
LEFT JOIN profile.embedding AS embedding
    ON embedding.tenant_id = %(tenant_id)s AND embedding.input_hash = text.input_hash
    AND embedding.model = %(model)s AND embedding.precision = %(precision)s
ORDER BY (embedding.vector OPERATOR(public.<=>) %(phrase)s::public.vector) + 0 NULLS FIRST, text.customer_id
