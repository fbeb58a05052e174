-- Purpose: codes of those whose delivery did not begin are free again; no message has carried them.
-- Grain: one row a code that came back.
-- Parameters: tenant_id, delivery_ids.
-- Rerun: finds nothing the second time. Run after begin_attempt, in its transaction: what is still claimed then (the kill
-- switch is engaged, somebody else holds the delivery) may end without ever beginning, and is issued a code when it begins.
UPDATE activation.coupon
SET campaign_id = NULL, customer_id = NULL, delivery_id = NULL, issued_at = NULL
FROM activation.delivery
WHERE coupon.tenant_id = %(tenant_id)s AND coupon.delivery_id = ANY (%(delivery_ids)s::uuid[])
  AND delivery.tenant_id = coupon.tenant_id AND delivery.delivery_id = coupon.delivery_id
  AND delivery.attempts = 0 AND delivery.state <> 'sending'
  AND NOT EXISTS (
      SELECT FROM activation.attempt
      WHERE attempt.tenant_id = coupon.tenant_id AND attempt.delivery_id = coupon.delivery_id
  )
