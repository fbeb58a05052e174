SELECT DISTINCT ON (r.tenant_id, r.segment_id, date_trunc('day', r.finished_at AT TIME ZONE t.time_zone))
    date_trunc('day', r.finished_at AT TIME ZONE t.time_zone) AS day, t.name AS tenant,
    (
    SELECT report.shortened(report.as_said(newest.name))
    FROM segment.definition AS newest
    WHERE newest.tenant_id = r.tenant_id AND newest.segment_id = r.segment_id AND newest.activated_at IS NOT NULL
    ORDER BY newest.version DESC
    LIMIT 1
) AS segment, r.member_count AS members_of_day
FROM segment.run AS r
JOIN ops.tenant AS t USING (tenant_id)
ORDER BY r.tenant_id, r.segment_id, date_trunc('day', r.finished_at AT TIME ZONE t.time_zone), r.run_id DESC
