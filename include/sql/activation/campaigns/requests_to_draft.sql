-- Purpose: the approved requests that want something sent and have no campaign yet.
-- Grain: one row a request. A message class that is not plainly transactional counts as marketing, the stricter one.
-- Parameters: tenant_id.
-- Rerun: reads only; a request that has a campaign comes back no more.
SELECT
    request.request_id, request.requested_by, definition.segment_id, definition.name,
    request.activation ->> 'channel' AS channel,
    request.activation ->> 'message' AS message,
    CASE request.activation ->> 'message_class' WHEN 'transactional' THEN 'transactional' ELSE 'marketing' END
        AS message_class,
    tenant.language
FROM segment.request
JOIN segment.definition USING (tenant_id, request_id)
JOIN ops.tenant USING (tenant_id)
LEFT JOIN activation.campaign USING (tenant_id, request_id)
WHERE request.tenant_id = %(tenant_id)s AND request.state = 'approved' AND definition.state = 'active'
  AND request.activation ->> 'channel' IS NOT NULL AND campaign.campaign_id IS NULL
ORDER BY request.request_id
