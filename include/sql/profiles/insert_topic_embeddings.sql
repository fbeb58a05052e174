-- Purpose: keep the vectors of topics that are still there.
-- Grain: one row a topic, model and precision.
-- Parameters: tenant_id, model, precision; reads new_topic_embedding.
-- Rerun: a topic that has its vector keeps it.
INSERT INTO profile.topic_embedding (tenant_id, topic_type, topic, model, precision, vector)
SELECT %(tenant_id)s, topic_type, topic, %(model)s, %(precision)s, vector
FROM new_topic_embedding
JOIN profile.topic USING (topic_type, topic)
WHERE topic.tenant_id = %(tenant_id)s
ON CONFLICT DO NOTHING
