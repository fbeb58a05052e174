-- Purpose: who lives in a household with a candidate, or in one that was touched since the last refresh.
-- Grain: one row a customer and household.
-- Parameters: tenant_id, graph_name, seen; {edges} is the table of the label MEMBER_OF_HOUSEHOLD.
-- Rerun: writes the temporary table candidate of this transaction.
INSERT INTO candidate (key)
SELECT other.start_id::text::bigint & 281474976710655
FROM (
    SELECT edge.end_id AS id
    FROM (SELECT DISTINCT key FROM candidate) AS known
    JOIN {edges} AS edge ON edge.start_id = _graphid(_label_id(%(graph_name)s, 'Customer')::integer, known.key)
    UNION
    SELECT _graphid((touch.vertex_id >> 48)::integer, touch.vertex_id & 281474976710655)
    FROM ops.graph_touch AS touch
    WHERE touch.tenant_id = %(tenant_id)s AND touch.touched_by >= pg_snapshot_xmin(%(seen)s::text::pg_snapshot)
      AND NOT pg_visible_in_snapshot(touch.touched_by, %(seen)s::text::pg_snapshot)
      AND touch.label = 'MEMBER_OF_HOUSEHOLD'
) AS household
JOIN {edges} AS other ON other.end_id = household.id
