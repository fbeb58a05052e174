-- Purpose: the batches that follow the last one anchored.
-- Grain: one row a batch, in order.
-- Parameters: tenant_id, batch (0: from the first on).
-- Rerun: reads only.
SELECT batch, last_position, hash, sealed_at
FROM audit.batch
WHERE tenant_id = %(tenant_id)s AND batch > %(batch)s
ORDER BY batch
