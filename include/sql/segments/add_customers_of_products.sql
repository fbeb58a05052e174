-- Purpose: customers with an edge to a product that was touched since the last refresh: it is called otherwise, or
--          belongs to another category or brand.
-- Grain: one row an edge.
-- Parameters: tenant_id, graph_name, seen; {edges} is the table of the label.
-- Rerun: writes the temporary table candidate of this transaction.
INSERT INTO candidate (key)
SELECT edge.start_id::text::bigint & 281474976710655
FROM (
    SELECT DISTINCT _graphid(_label_id(%(graph_name)s, 'Product')::integer, touch.vertex_id & 281474976710655) AS id
    FROM ops.graph_touch AS touch
    WHERE touch.tenant_id = %(tenant_id)s AND touch.touched_by >= pg_snapshot_xmin(%(seen)s::text::pg_snapshot)
      AND NOT pg_visible_in_snapshot(touch.touched_by, %(seen)s::text::pg_snapshot)
      AND touch.label IN ('Product', 'IN_CATEGORY', 'OF_BRAND')
) AS product
JOIN {edges} AS edge ON edge.end_id = product.id
