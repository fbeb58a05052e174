-- Purpose: wait no longer for evidence: what is unknown since before the deadline stays so and is reported.
-- Grain: one row a delivery that passed its deadline now.
-- Parameters: tenant_id, deadline (how long is waited), except_providers (whose logs could not be asked this time).
-- Rerun: passes nothing the second time. An event that comes later still settles the delivery.
UPDATE activation.delivery
SET settled_by = 'deadline'
FROM activation.unknown_delivery AS waiting
WHERE delivery.tenant_id = %(tenant_id)s AND waiting.tenant_id = delivery.tenant_id
  AND waiting.delivery_id = delivery.delivery_id AND NOT waiting.past_deadline
  AND waiting.unknown_since <= clock_timestamp() - %(deadline)s::interval
  AND delivery.state = 'unknown'
  AND (waiting.provider IS NULL OR waiting.provider <> ALL (%(except_providers)s))
