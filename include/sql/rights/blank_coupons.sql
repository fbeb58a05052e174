-- Purpose: the coupons that a person was given are nobody's; their codes stay issued.
-- Grain: one row a code. Parameters: tenant_id, customers. Rerun: finds none.
UPDATE activation.coupon
SET customer_id = NULL
WHERE tenant_id = %(tenant_id)s AND customer_id = ANY (%(customers)s)
