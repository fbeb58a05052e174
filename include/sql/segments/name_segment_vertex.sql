-- Purpose: the surrogate behind the graph id of a segment's vertex.
-- Grain: one row a segment.
-- Parameters: tenant_id, segment_id.
-- Rerun: a segment that has one keeps it.
INSERT INTO ops.graph_name (tenant_id, label, name)
SELECT %(tenant_id)s, 'Segment', %(segment_id)s
WHERE NOT EXISTS (
    SELECT FROM ops.graph_name WHERE tenant_id = %(tenant_id)s AND label = 'Segment' AND name = %(segment_id)s
)
ON CONFLICT DO NOTHING
