-- Purpose: the vertex of a segment.
-- Grain: one vertex.
-- Parameters: tenant_id, segment_id, graph_name; {segments} is the table of the label Segment.
-- Rerun: the id is deterministic; a vertex that is there stays.
INSERT INTO {segments} (id, properties)
SELECT
    _graphid(_label_id(%(graph_name)s, 'Segment')::integer, named.graph_key),
    agtype_build_map('segment_id', named.name)
FROM ops.graph_name AS named
WHERE named.tenant_id = %(tenant_id)s AND named.label = 'Segment' AND named.name = %(segment_id)s
  AND NOT EXISTS (
      SELECT FROM {segments} AS vertex
      WHERE vertex.id = _graphid(_label_id(%(graph_name)s, 'Segment')::integer, named.graph_key)
  )
