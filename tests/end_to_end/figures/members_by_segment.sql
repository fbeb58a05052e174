SELECT t.name AS tenant, (
    SELECT report.shortened(report.as_said(newest.name))
    FROM segment.definition AS newest
    WHERE newest.tenant_id = d.tenant_id AND newest.segment_id = d.segment_id AND newest.activated_at IS NOT NULL
    ORDER BY newest.version DESC
    LIMIT 1
) AS segment,
       (SELECT count(*) FROM segment.membership AS m WHERE m.tenant_id = d.tenant_id AND m.segment_id = d.segment_id) AS members_now
FROM segment.definition AS d
JOIN ops.tenant AS t USING (tenant_id)
WHERE d.state = 'active'
