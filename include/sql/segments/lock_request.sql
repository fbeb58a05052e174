-- Purpose: hold one request against others who would change it.
-- Grain: one row, locked until the transaction ends.
-- Parameters: tenant_id, request_id.
-- Rerun: waits, changes nothing.
SELECT FROM segment.request
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
FOR UPDATE
