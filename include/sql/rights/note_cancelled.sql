-- Purpose: how many messages an erasure kept from being sent. Grain: one row. Parameters: tenant_id, erasure_id, cancelled.
-- Rerun: the caller adds only what it cancelled.
UPDATE rights.erasure
SET cancelled = cancelled + %(cancelled)s
WHERE tenant_id = %(tenant_id)s AND erasure_id = %(erasure_id)s
