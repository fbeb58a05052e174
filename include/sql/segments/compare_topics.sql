-- Purpose: how near a phrase is to each topic of the tenant, exactly (no index), nearest first.
-- Grain: one row a topic; similarity is null where the topic has no vector of the model yet.
-- Parameters: tenant_id, model, precision, phrase (the vector as text).
-- Rerun: reads only.
SELECT
    topic.topic_type || ':' || topic.topic AS topic_id,
    round((1 - (embedding.vector OPERATOR(public.<=>) %(phrase)s::public.vector))::numeric, 6)::double precision
        AS similarity
FROM profile.topic AS topic
LEFT JOIN profile.topic_embedding AS embedding
    ON embedding.tenant_id = %(tenant_id)s AND embedding.topic_type = topic.topic_type
    AND embedding.topic = topic.topic AND embedding.model = %(model)s AND embedding.precision = %(precision)s
WHERE topic.tenant_id = %(tenant_id)s
ORDER BY similarity DESC NULLS FIRST, topic_id
