-- Purpose: who stopped the sending of one tenant, when and why, and who let it go on.
-- Grain: one row a stop, the newest first, at most twenty. Parameters: tenant_id. Rerun: reads only.
SELECT reason, stopped_by, stopped_at, released_by, released_at
FROM ops.sending_stop
WHERE tenant_id = %(tenant_id)s
ORDER BY stop_id DESC
LIMIT 20
