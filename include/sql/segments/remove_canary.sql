-- Purpose: take the canary away.
-- Grain: one vertex of the graph.
-- Parameters: graph_name; {segments} is the table of the label Segment.
-- Rerun: removes nothing a second time.
DELETE FROM {segments} WHERE id = _graphid(_label_id(%(graph_name)s, 'Segment')::integer, 0)
