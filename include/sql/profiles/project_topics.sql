-- Purpose: the graph's Topic vertices follow profile.topic.
-- Grain: one row with the numbers of vertices written and removed.
-- Parameters: tenant_id, graph_name; {topics} is the label's table.
-- Rerun: ids are deterministic and only differences are written.
WITH wanted AS (
    SELECT
        _graphid((SELECT _label_id(%(graph_name)s, 'Topic'))::integer, graph_key) AS id,
        agtype_build_map(
            'topic_id', topic_type || ':' || topic, 'topic_type', topic_type, 'name', topic
        ) AS properties
    FROM profile.topic
    WHERE tenant_id = %(tenant_id)s
), removed AS (
    DELETE FROM {topics} AS vertex
    WHERE NOT EXISTS (SELECT FROM wanted WHERE wanted.id = vertex.id)
    RETURNING 1
), added AS (
    INSERT INTO {topics} (id, properties)
    SELECT wanted.id, wanted.properties
    FROM wanted
    WHERE NOT EXISTS (SELECT FROM {topics} AS vertex WHERE vertex.id = wanted.id)
    RETURNING 1
)
SELECT (SELECT count(*) FROM added), (SELECT count(*) FROM removed)
