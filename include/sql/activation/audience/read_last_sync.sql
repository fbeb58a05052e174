-- Purpose: when the last sync that reached its end began to read the source.
-- Grain: one row, or none where there was no such sync.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT started_at
FROM ops.sync_run
WHERE tenant_id = %(tenant_id)s AND state = 'projected' AND mode <> 'replay'
ORDER BY started_at DESC
LIMIT 1
