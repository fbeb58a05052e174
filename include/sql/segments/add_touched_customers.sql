-- Purpose: customers whose vertex, or an edge that begins or ends at them, was touched since the last refresh.
-- Grain: one row a customer and label.
-- Parameters: tenant_id, seen, labels (of vertices and edges at customers), segments (ids of segments asked for).
-- Rerun: writes the temporary table candidate of this transaction.
INSERT INTO candidate (key)
SELECT touch.vertex_id & 281474976710655
FROM ops.graph_touch AS touch
WHERE touch.tenant_id = %(tenant_id)s AND touch.touched_by >= pg_snapshot_xmin(%(seen)s::text::pg_snapshot)
  AND NOT pg_visible_in_snapshot(touch.touched_by, %(seen)s::text::pg_snapshot)
  AND touch.label = ANY (%(labels)s || ARRAY(
      SELECT 'IN_SEGMENT ' || named.graph_key
      FROM ops.graph_name AS named
      WHERE named.tenant_id = %(tenant_id)s AND named.label = 'Segment' AND named.name = ANY (%(segments)s)
  ))
