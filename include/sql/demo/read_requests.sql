-- Purpose: each request with what became of it. Grain: one row a request, in the order asked.
SELECT r.request_id, r.text, r.state, r.planner, coalesce(d.sentence, r.sentence) AS sentence, d.cypher, d.parameters,
       (SELECT count(*) FROM segment.membership AS m WHERE m.tenant_id = d.tenant_id AND m.segment_id = d.segment_id)
           AS members,
       a.decided_by, r.unplaced, r.questions, r.problem
FROM segment.request AS r
LEFT JOIN segment.definition AS d USING (tenant_id, request_id)
LEFT JOIN segment.approval AS a USING (tenant_id, segment_id, version)
ORDER BY r.request_id
