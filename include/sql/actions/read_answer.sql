-- Purpose: the answer to a request and what was done for it.
-- Grain: one row, none before the request was handled.
-- Parameters: tenant_id, request_id.
-- Rerun: reads only.
SELECT answer, debug
FROM segment.answer
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
