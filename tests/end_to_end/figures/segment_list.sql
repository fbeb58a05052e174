SELECT (
    SELECT report.shortened(report.as_said(newest.name))
    FROM segment.definition AS newest
    WHERE newest.tenant_id = d.tenant_id AND newest.segment_id = d.segment_id AND newest.activated_at IS NOT NULL
    ORDER BY newest.version DESC
    LIMIT 1
) AS segment, t.name AS tenant,
       (SELECT count(*) FROM segment.membership AS m WHERE m.tenant_id = d.tenant_id AND m.segment_id = d.segment_id) AS members,
       CASE WHEN EXISTS (
           SELECT FROM segment.agreement AS a
           WHERE a.tenant_id = d.tenant_id AND a.segment_id = d.segment_id AND a.stopped_since IS NOT NULL
       ) THEN 'Stopped: graph and tables differ'
       WHEN EXISTS (
           SELECT FROM segment.held_refresh AS h
           WHERE h.tenant_id = d.tenant_id AND h.segment_id = d.segment_id AND h.state = 'open'
       ) THEN 'Held: waits for a person'
       WHEN NOT EXISTS (
           SELECT FROM segment.run AS r WHERE r.tenant_id = d.tenant_id AND r.segment_id = d.segment_id
       ) THEN 'Not refreshed yet' ELSE 'Runs' END AS state, a.graph_count AS found_in_graph, a.sql_count AS found_in_tables,
       l.max_members AS most_members_allowed,
       date_trunc('minute', f.refreshed_at AT TIME ZONE t.time_zone) AS refreshed_local, 'Open' AS desk
FROM segment.definition AS d
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN segment.agreement AS a USING (tenant_id, segment_id)
LEFT JOIN segment.version_limit AS l ON (l.tenant_id, l.segment_id, l.version) = (d.tenant_id, d.segment_id, d.version)
LEFT JOIN segment.refreshed AS f ON f.tenant_id = d.tenant_id AND f.segment_id = d.segment_id
WHERE d.state = 'active'
