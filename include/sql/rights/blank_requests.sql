-- Purpose: what a person asked for by right stays as a fact; who it was and what is to be corrected goes.
-- Grain: one row a request. Parameters: tenant_id, customers. Rerun: finds none.
UPDATE rights.request
SET customer_id = NULL, details = DEFAULT
WHERE tenant_id = %(tenant_id)s AND customer_id = ANY (%(customers)s)
