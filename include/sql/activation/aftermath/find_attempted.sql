-- Purpose: those of some deliveries that were attempted, so that something can be told of them.
-- Grain: one row a delivery of the tenant with the start of its last attempt.
-- Parameters: tenant_id, delivery_ids.
-- Rerun: reads only.
SELECT attempt.delivery_id, max(attempt.started_at)
FROM activation.attempt
WHERE attempt.tenant_id = %(tenant_id)s AND attempt.delivery_id = ANY (%(delivery_ids)s)
GROUP BY attempt.delivery_id
