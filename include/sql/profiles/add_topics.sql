-- Purpose: the topics that somebody is newly interested in.
-- Grain: one row a topic added.
-- Parameters: tenant_id; reads computed_interest.
-- Rerun: a topic that is there stays.
INSERT INTO profile.topic (tenant_id, topic_type, topic)
SELECT DISTINCT %(tenant_id)s, computed.topic_type, computed.topic
FROM computed_interest AS computed
WHERE NOT EXISTS (
    SELECT FROM profile.topic AS topic
    WHERE topic.tenant_id = %(tenant_id)s AND topic.topic_type = computed.topic_type
      AND topic.topic = computed.topic
)
