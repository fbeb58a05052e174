SELECT count(*) AS segments_stopped
FROM segment.agreement AS a
JOIN segment.definition AS d USING (tenant_id, segment_id)
WHERE d.state = 'active' AND a.stopped_since IS NOT NULL
