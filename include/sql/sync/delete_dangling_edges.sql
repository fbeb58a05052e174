-- Purpose: edges that other parts of the program keep (interests, membership) of customers who have left the graph.
-- Grain: one row an edge. Parameters: none; {edges} and {vertices}, the tables of the edge and of its start.
-- Rerun: finds none.
DELETE FROM {edges} AS edge
WHERE NOT EXISTS (SELECT FROM {vertices} AS vertex WHERE vertex.id = edge.start_id)
