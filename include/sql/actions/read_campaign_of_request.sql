-- Purpose: the campaign that was made for a request.
-- Grain: one row or none.
-- Parameters: tenant_id, request_id.
-- Rerun: reads only.
SELECT campaign_id
FROM activation.campaign
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
