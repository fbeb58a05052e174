-- Purpose: every batch of the log.
-- Grain: one row a batch, in order.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT batch, first_position, last_position, previous_hash, hash, sealed_at
FROM audit.batch
WHERE tenant_id = %(tenant_id)s
ORDER BY batch
