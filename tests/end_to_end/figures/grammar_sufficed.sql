SELECT count(d.segment_id) FILTER (WHERE r.planner = 'grammar')::float / nullif(count(*), 0) AS grammar_share
FROM segment.request AS r
LEFT JOIN segment.definition AS d USING (tenant_id, request_id)
WHERE r.planner IN ('grammar', 'llm') AND r.state <> 'answered'
