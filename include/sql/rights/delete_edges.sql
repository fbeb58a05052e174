-- Purpose: the edges of a person in the graph, whichever end they are.
-- Grain: one row an edge. Parameters: graph_name, start_label and end_label (of the edge), label (of the vertices that go),
-- graph_keys; {edges}, the table of the edge. Rerun: finds none.
DELETE FROM {edges} AS edge
USING unnest(%(graph_keys)s::bigint[]) AS own (graph_key)
CROSS JOIN LATERAL (
    SELECT _graphid(_label_id(%(graph_name)s, %(label)s)::integer, own.graph_key) AS id
) AS vertex
WHERE %(start_label)s = %(label)s AND edge.start_id = vertex.id OR %(end_label)s = %(label)s AND edge.end_id = vertex.id
