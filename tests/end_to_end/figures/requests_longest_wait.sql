SELECT coalesce(max(round(extract(epoch FROM now() - since) / 3600, 1)), 0) AS longest_wait
FROM (
    SELECT requested_at AS since FROM segment.request WHERE state = 'submitted'
    UNION ALL
    SELECT created_at FROM segment.definition JOIN segment.request AS r USING (tenant_id, request_id) WHERE r.state = 'drafted'
    UNION ALL
    SELECT coalesce(min(shown_at), r.state_changed_at)
    FROM segment.request AS r
    LEFT JOIN ops.review_round AS o
        ON o.tenant_id = r.tenant_id AND o.reviewed LIKE 'draft\_segment/request-%-' || r.request_id || '/review/%'
    WHERE r.state = 'in_review'
    GROUP BY r.tenant_id, r.request_id
    UNION ALL
    SELECT decided_at
    FROM segment.approval AS a
    JOIN segment.definition AS d USING (tenant_id, segment_id, version)
    LEFT JOIN segment.run USING (tenant_id, segment_id, version)
    WHERE a.decision = 'approve' AND d.state = 'active' AND d.request_id IS NOT NULL AND run_id IS NULL
) AS waiting
