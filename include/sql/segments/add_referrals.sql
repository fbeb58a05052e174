-- Purpose: who brought a candidate, or was brought by one.
-- Grain: one row an edge.
-- Parameters: graph_name; {edges} is the table of the label REFERRED.
-- Rerun: writes the temporary table candidate of this transaction.
WITH known AS MATERIALIZED (
    SELECT DISTINCT _graphid(_label_id(%(graph_name)s, 'Customer')::integer, key) AS id FROM candidate
)
INSERT INTO candidate (key)
SELECT edge.end_id::text::bigint & 281474976710655 FROM known JOIN {edges} AS edge ON edge.start_id = known.id
UNION ALL
SELECT edge.start_id::text::bigint & 281474976710655 FROM known JOIN {edges} AS edge ON edge.end_id = known.id
