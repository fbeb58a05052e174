SELECT r.request_id::text AS desk, t.name AS tenant, date_trunc('minute', r.requested_at AT TIME ZONE t.time_zone) AS asked_local,
       report.as_said(r.text) AS request,
       CASE r.state
           WHEN 'submitted' THEN 'Waits to be read' WHEN 'drafted' THEN 'Waits to be shown' WHEN 'in_review' THEN 'In review'
           WHEN 'needs_clarification' THEN 'Asked back' WHEN 'answered' THEN 'Question answered'
           WHEN 'approved' THEN CASE WHEN d.state = 'active' AND r.first_at IS NULL THEN 'Waits for members' ELSE 'Approved' END
           WHEN 'rejected' THEN 'Rejected' WHEN 'sent_back' THEN 'Sent back' WHEN 'expired' THEN 'Expired'
           WHEN 'voided' THEN 'Voided' WHEN 'failed' THEN 'Failed' END AS state,
       round(extract(epoch FROM now() - CASE
           WHEN r.state = 'submitted' THEN r.requested_at
           WHEN r.state = 'drafted' THEN d.created_at
           WHEN r.state = 'in_review' THEN coalesce(r.shown_at, r.state_changed_at)
           WHEN r.state = 'approved' AND d.state = 'active' AND r.first_at IS NULL THEN r.decided_at
       END) / 3600, 1) AS waits_hours,
       CASE r.planner WHEN 'grammar' THEN 'Grammar' WHEN 'llm' THEN 'Language model' WHEN 'import' THEN 'Imported from LEO CDP'
           WHEN 're-evaluation' THEN 'Read again for a new model' WHEN 'question' THEN 'Answered as a question'
           ELSE coalesce(r.planner, 'Not read yet') END AS planned_by,
       v.member_count AS members_previewed
FROM (
    SELECT q.*, (
        SELECT min(run.finished_at) FROM segment.definition JOIN segment.run USING (tenant_id, segment_id, version)
        WHERE definition.tenant_id = q.tenant_id AND definition.request_id = q.request_id
    ) AS first_at, (
        SELECT decided_at FROM segment.definition JOIN segment.approval USING (tenant_id, segment_id, version)
        WHERE definition.tenant_id = q.tenant_id AND definition.request_id = q.request_id
    ) AS decided_at, (
        SELECT min(shown_at) FROM ops.review_round AS o
        WHERE o.tenant_id = q.tenant_id AND o.reviewed LIKE 'draft\_segment/request-%-' || q.request_id || '/review/%'
    ) AS shown_at
    FROM segment.request AS q
) AS r
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN segment.definition AS d USING (tenant_id, request_id)
LEFT JOIN segment.preview AS v USING (tenant_id, segment_id, version)
