-- Purpose: take the open requests whose clock ends soon, or has ended, and of which nobody was warned for a day.
-- Grain: one row a request. Parameters: tenant_id, within. Rerun: within the day, finds none.
UPDATE rights.request
SET warned_at = clock_timestamp()
WHERE tenant_id = %(tenant_id)s AND state = 'open' AND due_at <= clock_timestamp() + %(within)s
  AND (warned_at IS NULL OR warned_at <= clock_timestamp() - interval '20 hours')
RETURNING request_id
