SELECT t.name AS tenant, (
    SELECT report.shortened(report.as_said(newest.name))
    FROM segment.definition AS newest
    WHERE newest.tenant_id = d.tenant_id AND newest.segment_id = d.segment_id AND newest.activated_at IS NOT NULL
    ORDER BY newest.version DESC
    LIMIT 1
) AS segment, report.channel_name(channel) AS channel,
       (v.reachable ->> channel)::bigint AS customers_reachable
FROM segment.definition AS d
JOIN segment.preview AS v USING (tenant_id, segment_id, version)
JOIN ops.tenant AS t USING (tenant_id)
CROSS JOIN LATERAL jsonb_object_keys(v.reachable) AS channel
WHERE d.state = 'active'
