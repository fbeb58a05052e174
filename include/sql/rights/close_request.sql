-- Purpose: a request is done, or refused. Grain: one row, none where it is not open.
-- Parameters: tenant_id, request_id, state, decided_by, reason. Rerun: finds none.
UPDATE rights.request
SET state = %(state)s, decided_by = %(decided_by)s, decided_at = clock_timestamp(), reason = %(reason)s
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s AND state = 'open'
