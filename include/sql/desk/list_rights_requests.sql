-- Purpose: what people asked for by right, the one whose clock ends first at the top; ids only.
-- Grain: one row a request. Parameters: tenant_id, only_open, request_id (or null: all), after_due and after_id (the last
-- row of the page before, or null), most. Rerun: reads only. What is to be corrected is told by its field alone.
SELECT
    request.request_id, request.kind, request.law, request.customer_id, request.received_at, request.due_at,
    request.longest_until, request.state, request.extended_at, request.extension_reason, request.opened_by,
    request.decided_by, request.decided_at, request.reason, request.details ->> 'field' AS field,
    request.details ->> 'channel' AS channel, request.details ->> 'purpose' AS purpose,
    ceil(extract(epoch FROM request.due_at - clock_timestamp()) / 86400)::integer AS days_left,
    (
        SELECT count(*)
        FROM rights.restriction
        WHERE restriction.tenant_id = request.tenant_id AND restriction.request_id = request.request_id
    ) AS restricted
FROM rights.request
WHERE request.tenant_id = %(tenant_id)s AND (request.state = 'open' OR NOT %(only_open)s)
  AND (%(request_id)s::bigint IS NULL OR request.request_id = %(request_id)s)
  AND (%(after_due)s::timestamptz IS NULL
    OR (request.due_at, request.request_id) > (%(after_due)s::timestamptz, %(after_id)s::bigint))
ORDER BY request.due_at, request.request_id
LIMIT %(most)s
