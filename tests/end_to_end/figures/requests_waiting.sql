SELECT count(*) AS requests_waiting
FROM segment.request
WHERE state IN ('submitted', 'drafted', 'in_review')
   OR state = 'approved' AND EXISTS (
       SELECT FROM segment.definition AS d
       WHERE d.tenant_id = request.tenant_id AND d.request_id = request.request_id AND d.state = 'active'
         AND NOT EXISTS (
             SELECT FROM segment.run AS r
             WHERE (r.tenant_id, r.segment_id, r.version) = (d.tenant_id, d.segment_id, d.version)
         )
   )
