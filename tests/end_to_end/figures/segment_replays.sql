SELECT (
    SELECT report.shortened(report.as_said(newest.name))
    FROM segment.definition AS newest
    WHERE newest.tenant_id = d.tenant_id AND newest.segment_id = d.segment_id AND newest.activated_at IS NOT NULL
    ORDER BY newest.version DESC
    LIMIT 1
) AS segment, t.name AS tenant,
       (SELECT count(*) FROM segment.membership AS m WHERE m.tenant_id = d.tenant_id AND m.segment_id = d.segment_id) AS members,
       coalesce(p.moments, 0) AS replayed_moments, p.fewest_members, p.most_members, p.stability, 'Open' AS desk
FROM segment.definition AS d
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN (
    SELECT tenant_id, segment_id, version, max(replay_id) AS replay_id
    FROM segment.replay_run
    WHERE NOT as_known_now
    GROUP BY tenant_id, segment_id, version
) AS newest USING (tenant_id, segment_id, version)
LEFT JOIN (
    SELECT tenant_id, replay_id, count(*) AS moments, min(members) AS fewest_members, max(members) AS most_members,
           avg(jaccard) AS stability
    FROM segment.replay_point
    GROUP BY tenant_id, replay_id
) AS p ON p.tenant_id = d.tenant_id AND p.replay_id = newest.replay_id
WHERE d.state = 'active'
