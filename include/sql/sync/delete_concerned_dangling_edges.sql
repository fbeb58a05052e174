-- Purpose: as delete_dangling_edges, of the customers whom a run concerns.
-- Grain: one row an edge. Parameters: graph_name; {edges} and {vertices}, the tables of the edge and of its start.
-- Rerun: finds none.
DELETE FROM {edges} AS edge
USING concerned_key AS concerned
WHERE concerned.source = 'customer'
  AND edge.start_id = _graphid((SELECT _label_id(%(graph_name)s, 'Customer'))::integer, concerned.graph_key)
  AND NOT EXISTS (SELECT FROM {vertices} AS vertex WHERE vertex.id = edge.start_id)
