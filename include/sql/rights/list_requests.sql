-- Purpose: what people asked for by right. Grain: one row a request, the one whose clock ends first at the top.
-- Parameters: tenant_id, only_open, request_id (or null: all). Rerun: reads only.
SELECT
    request_id, kind, law, customer_id, received_at, due_at, state, extended_at, extension_reason, opened_by, decided_by,
    decided_at, reason
FROM rights.request
WHERE tenant_id = %(tenant_id)s AND (state = 'open' OR NOT %(only_open)s)
  AND (%(request_id)s::bigint IS NULL OR request_id = %(request_id)s)
ORDER BY due_at, request_id
