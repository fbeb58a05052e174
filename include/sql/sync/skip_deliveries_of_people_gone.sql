-- Purpose: nothing that has not begun is sent to people who are gone. What is being sent keeps its own end.
-- Grain: one row a delivery. Parameters: tenant_id. Rerun: finds none.
UPDATE activation.delivery
SET state = 'skipped', skip_reason = 'left_segment', address = NULL, leased_by = NULL, leased_until = NULL,
    state_changed_at = clock_timestamp()
FROM (
    SELECT delivery_id
    FROM activation.delivery
    JOIN person_gone USING (customer_id)
    WHERE tenant_id = %(tenant_id)s AND state IN ('planned', 'ready', 'claimed', 'retry')
    ORDER BY delivery_id
    FOR UPDATE OF delivery
) AS pending
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = pending.delivery_id
