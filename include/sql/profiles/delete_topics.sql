-- Purpose: forget the topics that nobody is interested in any more, with their vectors.
-- Grain: one row a topic removed.
-- Parameters: tenant_id.
-- Rerun: removes nothing a second time.
DELETE FROM profile.topic AS topic
WHERE topic.tenant_id = %(tenant_id)s
  AND NOT EXISTS (
      SELECT FROM profile.interest AS interest
      WHERE interest.tenant_id = %(tenant_id)s AND interest.topic_type = topic.topic_type
        AND interest.topic = topic.topic
  )
