-- Purpose: the vertices of a person in the graph: the customer, and a household named after them.
-- Grain: one row a vertex. Parameters: graph_name, label, graph_keys; {vertices}, the table of the label. Rerun: finds none.
DELETE FROM {vertices} AS vertex
USING unnest(%(graph_keys)s::bigint[]) AS own (graph_key)
WHERE vertex.id = _graphid(_label_id(%(graph_name)s, %(label)s)::integer, own.graph_key)
