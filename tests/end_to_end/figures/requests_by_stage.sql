SELECT '1. Asked' AS stage, count(*) AS requests_reaching FROM segment.request WHERE state <> 'answered'
UNION ALL
SELECT '2. Understood', count(*) FROM segment.definition WHERE request_id IS NOT NULL
UNION ALL
SELECT '3. Put to review', count(*)
FROM segment.request AS r
WHERE EXISTS (
    SELECT FROM ops.review_round AS o
    WHERE o.tenant_id = r.tenant_id AND o.reviewed LIKE 'draft\_segment/request-%-' || r.request_id || '/review/%'
) OR r.state = 'in_review'
UNION ALL
SELECT '4. Decided', count(*) FROM segment.approval WHERE decided_by <> 'deadline'
UNION ALL
SELECT '5. Approved', count(*) FROM segment.approval WHERE decision = 'approve'
UNION ALL
SELECT '6. Has members', count(DISTINCT (tenant_id, request_id))
FROM segment.definition
JOIN segment.run USING (tenant_id, segment_id, version)
WHERE request_id IS NOT NULL
