SELECT avg((a.graph_count = a.sql_count AND a.only_in_graph = '{}' AND a.only_in_sql = '{}')::int)::float AS segments_compared
FROM segment.agreement AS a
JOIN segment.definition AS d USING (tenant_id, segment_id)
WHERE d.state = 'active'
