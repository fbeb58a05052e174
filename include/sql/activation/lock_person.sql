-- Purpose: put the beginning of an attempt and an opt-out of the same person into one order.
-- Grain: the person's row, held until the transaction ends.
-- Parameters: tenant_id, customer_id.
-- Rerun: holds again.
SELECT FROM core.customer WHERE tenant_id = %(tenant_id)s AND customer_id = %(customer_id)s FOR NO KEY UPDATE
