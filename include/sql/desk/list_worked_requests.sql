-- Purpose: requests that were approved here lately, for somebody who starts: what works is said best by what worked.
-- Grain: one row a text, the newest first. Parameters: tenant_id, days, most. Rerun: reads only.
SELECT worked.text, worked.member_count, worked.request_id
FROM (
    SELECT DISTINCT ON (request.text) request.text, preview.member_count, request.request_id
    FROM segment.request
    JOIN segment.definition AS definition USING (tenant_id, request_id)
    JOIN segment.preview AS preview USING (tenant_id, segment_id, version)
    JOIN segment.approval AS approval USING (tenant_id, segment_id, version)
    WHERE request.tenant_id = %(tenant_id)s AND request.state = 'approved' AND request.revises_request_id IS NULL
      AND approval.decided_at > now() - make_interval(days => %(days)s) AND preview.member_count > 0
    ORDER BY request.text, request.request_id DESC
) AS worked
ORDER BY worked.request_id DESC
LIMIT %(most)s
