-- Purpose: a vertex that nothing else uses, for the reader to try its hand at. Graph keys begin at 1, so 0 is free.
-- Grain: one vertex of the graph.
-- Parameters: graph_name, properties (agtype map as text); {segments} is the table of the label Segment.
-- Rerun: a canary that is there stays.
INSERT INTO {segments} (id, properties)
SELECT _graphid(_label_id(%(graph_name)s, 'Segment')::integer, 0), %(properties)s::agtype
WHERE NOT EXISTS (
    SELECT FROM {segments} WHERE id = _graphid(_label_id(%(graph_name)s, 'Segment')::integer, 0)
)
