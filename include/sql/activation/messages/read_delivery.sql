-- Purpose: the delivery behind an unsubscribe link.
-- Grain: one row, or none; a delivery that was never to leave has no link.
-- Parameters: tenant_id, delivery_id.
-- Rerun: reads only.
SELECT
    tenant.name, delivery.customer_id, delivery.profile_id, delivery.channel, delivery.address_hash,
    EXISTS (
        SELECT FROM activation.suppression_of(
            %(tenant_id)s, delivery.channel, delivery.address_hash, 'marketing')
    ) AS is_suppressed
FROM activation.delivery
JOIN ops.tenant USING (tenant_id)
WHERE delivery.tenant_id = %(tenant_id)s AND delivery.delivery_id = %(delivery_id)s
  AND delivery.address_hash IS NOT NULL
