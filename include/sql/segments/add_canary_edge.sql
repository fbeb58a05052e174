-- Purpose: an edge from the canary to itself, for the reader to try its hand at; no customer is at either end.
-- Grain: one edge of the graph.
-- Parameters: graph_name; {memberships} is the table of the label IN_SEGMENT.
-- Rerun: an edge that is there stays.
INSERT INTO {memberships} (id, start_id, end_id, properties)
SELECT _graphid(_label_id(%(graph_name)s, 'IN_SEGMENT')::integer, 0), canary.id, canary.id, '{{"since": 0}}'::agtype
FROM (SELECT _graphid(_label_id(%(graph_name)s, 'Segment')::integer, 0) AS id) AS canary
WHERE NOT EXISTS (
    SELECT FROM {memberships} WHERE id = _graphid(_label_id(%(graph_name)s, 'IN_SEGMENT')::integer, 0)
)
