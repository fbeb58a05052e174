-- Purpose: the tenant's topics are those that somebody is interested in.
-- Grain: one row with the numbers of topics added and removed.
-- Parameters: tenant_id; reads computed_interest.
-- Rerun: only differences are written.
WITH wanted AS (
    SELECT DISTINCT topic_type, topic FROM computed_interest
), removed AS (
    DELETE FROM profile.topic AS topic
    WHERE topic.tenant_id = %(tenant_id)s
      AND NOT EXISTS (
          SELECT FROM wanted WHERE wanted.topic_type = topic.topic_type AND wanted.topic = topic.topic
      )
    RETURNING 1
), added AS (
    INSERT INTO profile.topic (tenant_id, topic_type, topic)
    SELECT %(tenant_id)s, wanted.topic_type, wanted.topic
    FROM wanted
    WHERE NOT EXISTS (
        SELECT FROM profile.topic AS topic
        WHERE topic.tenant_id = %(tenant_id)s AND topic.topic_type = wanted.topic_type AND topic.topic = wanted.topic
    )
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM removed)
