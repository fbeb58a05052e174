-- Purpose: wait no longer for evidence: what is unknown since before the deadline stays so and is reported.
-- Grain: one row a delivery that passed its deadline now.
-- Parameters: tenant_id, deadline (how long is waited), except_providers (whose logs could not be asked this time).
-- Rerun: passes nothing the second time. An event that comes later still settles the delivery.
WITH held AS MATERIALIZED (
    -- In the order in which answers and events hold them.
    SELECT delivery.delivery_id
    FROM activation.unknown_delivery AS waiting
    JOIN activation.delivery USING (tenant_id, delivery_id)
    WHERE waiting.tenant_id = %(tenant_id)s AND NOT waiting.past_deadline
      AND waiting.unknown_since <= clock_timestamp() - %(deadline)s::interval
      AND delivery.state = 'unknown'
      AND (waiting.provider IS NULL OR waiting.provider <> ALL (%(except_providers)s))
    ORDER BY delivery.delivery_id
    FOR NO KEY UPDATE OF delivery
)
UPDATE activation.delivery
SET settled_by = 'deadline'
FROM held
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = held.delivery_id
