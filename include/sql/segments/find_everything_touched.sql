-- Purpose: whether so much was touched since the last refresh that nobody can say of whom.
-- Grain: one row where it was, else none.
-- Parameters: tenant_id, seen, labels (all that the plan reads), names (labels of vertices whose name it reads).
-- Rerun: reads only.
SELECT touch.label
FROM ops.graph_touch AS touch
WHERE touch.tenant_id = %(tenant_id)s AND touch.touched_by >= pg_snapshot_xmin(%(seen)s::text::pg_snapshot)
  AND NOT pg_visible_in_snapshot(touch.touched_by, %(seen)s::text::pg_snapshot)
  AND (touch.label = ANY (%(names)s) OR touch.label = ANY (%(labels)s) AND touch.vertex_id = 0)
LIMIT 1
