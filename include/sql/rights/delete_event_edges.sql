-- Purpose: the edges of events that are no more. Grain: one row an edge. Parameters: graph_name, label, graph_keys (of the
-- events); {edges}, the table of the label. Rerun: finds none.
DELETE FROM {edges} AS edge
USING unnest(%(graph_keys)s::bigint[]) AS gone (graph_key)
WHERE edge.id = _graphid(_label_id(%(graph_name)s, %(label)s)::integer, gone.graph_key)
