-- Purpose: what has not begun to be sent to a person is cancelled. What is being sent keeps its own end.
-- Grain: one row a delivery. Parameters: tenant_id, customers. Rerun: finds none.
UPDATE activation.delivery
SET state = 'cancelled', address = NULL, leased_by = NULL, leased_until = NULL, state_changed_at = clock_timestamp()
FROM (
    SELECT delivery_id
    FROM activation.delivery
    WHERE tenant_id = %(tenant_id)s AND customer_id = ANY (%(customers)s)
      AND state IN ('planned', 'ready', 'claimed', 'retry')
    ORDER BY delivery_id
    FOR UPDATE
) AS pending
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = pending.delivery_id
