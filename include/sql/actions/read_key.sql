-- Purpose: the request that a key was used for.
-- Grain: one row or none.
-- Parameters: tenant_id, asked_by, key.
-- Rerun: reads only.
SELECT asked_key.request_id, request.text, request.revises_request_id
FROM segment.asked_key
JOIN segment.request USING (tenant_id, request_id)
WHERE asked_key.tenant_id = %(tenant_id)s AND asked_key.asked_by = %(asked_by)s AND asked_key.key = %(key)s
