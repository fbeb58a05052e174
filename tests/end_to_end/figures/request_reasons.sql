SELECT o.outcome,
       coalesce(CASE r.state
           WHEN 'needs_clarification' THEN
               coalesce(nullif(report.as_said(array_to_string(r.unplaced, ', ')), ''), 'A question had to be asked')
           WHEN 'expired' THEN 'Nobody answered in time'
           ELSE coalesce(report.as_said(r.problem), CASE WHEN r.request_id IS NOT NULL THEN 'No reason given' END)
       END, '–') AS reason,
       count(r.request_id) AS requests_ended
FROM ops.tenant AS t
CROSS JOIN (VALUES
    ('needs_clarification', 'Asked back'), ('sent_back', 'Sent back'), ('rejected', 'Rejected'), ('expired', 'Expired'),
    ('voided', 'Voided'), ('failed', 'Failed')
) AS o (state, outcome)
LEFT JOIN segment.request AS r USING (tenant_id, state)
GROUP BY 1, 2
