-- Purpose: what an erasure did, in the transaction that did it.
-- Grain: one row. Parameters: tenant_id, erasure_id, rows, files. Rerun: writes the same.
UPDATE rights.erasure
SET rows = %(rows)s, files = files + %(files)s, finished_at = clock_timestamp()
WHERE tenant_id = %(tenant_id)s AND erasure_id = %(erasure_id)s
RETURNING began_at, finished_at, cancelled, files
