-- Purpose: what a person asked for by right stays as a fact; who it was and what was to be corrected goes. What was still
-- open is done by the erasure.
-- Grain: one row a request. Parameters: tenant_id, customers, asked_by. Rerun: finds none.
UPDATE rights.request
SET customer_id = NULL, details = DEFAULT,
    state = CASE state WHEN 'open' THEN 'done' ELSE state END,
    decided_by = coalesce(decided_by, %(asked_by)s),
    decided_at = coalesce(decided_at, clock_timestamp()),
    reason = CASE state WHEN 'open' THEN 'The person was erased.' ELSE reason END
WHERE tenant_id = %(tenant_id)s AND customer_id = ANY (%(customers)s)
