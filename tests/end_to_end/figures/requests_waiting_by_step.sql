WITH waiting AS (
    SELECT '1. Reading the words' AS step, requested_at AS since FROM segment.request WHERE state = 'submitted'
    UNION ALL
    SELECT '2. Waiting to be shown', created_at
    FROM segment.definition JOIN segment.request AS r USING (tenant_id, request_id) WHERE r.state = 'drafted'
    UNION ALL
    SELECT '3. In review', coalesce(min(shown_at), r.state_changed_at)
    FROM segment.request AS r
    LEFT JOIN ops.review_round AS o
        ON o.tenant_id = r.tenant_id AND o.reviewed LIKE 'draft\_segment/request-%-' || r.request_id || '/review/%'
    WHERE r.state = 'in_review'
    GROUP BY r.tenant_id, r.request_id
    UNION ALL
    SELECT '4. Finding the members', decided_at
    FROM segment.approval AS a
    JOIN segment.definition AS d USING (tenant_id, segment_id, version)
    LEFT JOIN segment.run USING (tenant_id, segment_id, version)
    WHERE a.decision = 'approve' AND d.state = 'active' AND run_id IS NULL
)
SELECT step, age, count(*) FILTER (WHERE now() - since >= least AND now() - since < most) AS requests_that_wait
FROM (VALUES ('1. Reading the words'), ('2. Waiting to be shown'), ('3. In review'), ('4. Finding the members')) AS s (step)
CROSS JOIN (VALUES
    ('0 to 1 day', interval '0', interval '1 day'), ('1 to 3 days', '1 day', '3 days'),
    ('more than 3 days', '3 days', '1000 years')
) AS a (age, least, most)
LEFT JOIN waiting USING (step)
GROUP BY step, age
