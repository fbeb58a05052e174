-- Purpose: remember what the interests of the customers computed now were computed from.
-- Grain: one row a customer computed.
-- Parameters: tenant_id; reads due_customer.
-- Rerun: writes the same again.
WITH removed AS (
    DELETE FROM profile.interest_input AS kept
    USING due_customer AS due
    WHERE kept.tenant_id = %(tenant_id)s AND kept.customer_id = due.customer_id AND due.fingerprint IS NULL
)
INSERT INTO profile.interest_input (tenant_id, customer_id, fingerprint)
SELECT %(tenant_id)s, customer_id, fingerprint
FROM due_customer
WHERE fingerprint IS NOT NULL
ON CONFLICT (tenant_id, customer_id) DO UPDATE SET fingerprint = excluded.fingerprint
