-- Purpose: each request with what became of it. Grain: one row a request, in the order asked.
-- Parameters: none; the connection is bound to the tenant.
-- Rerun: reads only.
SELECT r.request_id, r.text, r.state, r.planner, coalesce(d.sentence, r.sentence) AS sentence, d.cypher, d.parameters,
       (SELECT run.member_count FROM segment.run AS run
        WHERE run.tenant_id = d.tenant_id AND run.segment_id = d.segment_id AND run.version = d.version
        ORDER BY run.run_id DESC LIMIT 1) AS members,
       d.version, a.decided_by, r.unplaced, r.questions, r.problem, r.explanation, r.revises_request_id
FROM segment.request AS r
LEFT JOIN segment.definition AS d USING (tenant_id, request_id)
LEFT JOIN segment.approval AS a USING (tenant_id, segment_id, version)
ORDER BY r.request_id
