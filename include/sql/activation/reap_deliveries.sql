-- Purpose: settle the deliveries of workers that did not come back: claimed is ready again, sending is unknown.
-- Grain: one row, how many went which way.
-- Parameters: tenant_id.
-- Rerun: finds only leases that ended since.
WITH overdue AS MATERIALIZED (
    SELECT delivery_id, state
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND state IN ('claimed', 'sending') AND leased_until <= clock_timestamp()
    FOR UPDATE SKIP LOCKED
), reaped AS (
    UPDATE activation.delivery
    SET state = CASE overdue.state WHEN 'claimed' THEN 'ready' ELSE 'unknown' END,
        leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
    FROM overdue
    WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = overdue.delivery_id
    RETURNING delivery.state
)
SELECT count(*) FILTER (WHERE state = 'ready'), count(*) FILTER (WHERE state = 'unknown') FROM reaped
