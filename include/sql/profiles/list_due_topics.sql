-- Purpose: the topics that have no vector of a model and precision yet.
-- Grain: one row a topic.
-- Parameters: tenant_id, model, precision.
-- Rerun: reads only.
SELECT topic.topic_type, topic.topic
FROM profile.topic AS topic
WHERE topic.tenant_id = %(tenant_id)s
  AND NOT EXISTS (
      SELECT FROM profile.topic_embedding AS embedding
      WHERE embedding.tenant_id = %(tenant_id)s AND embedding.topic_type = topic.topic_type
        AND embedding.topic = topic.topic AND embedding.model = %(model)s AND embedding.precision = %(precision)s
  )
ORDER BY topic.topic_type, topic.topic
