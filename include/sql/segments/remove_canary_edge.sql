-- Purpose: take the canary's edge away.
-- Grain: one edge of the graph.
-- Parameters: graph_name; {memberships} is the table of the label IN_SEGMENT.
-- Rerun: removes nothing a second time.
DELETE FROM {memberships} WHERE id = _graphid(_label_id(%(graph_name)s, 'IN_SEGMENT')::integer, 0)
