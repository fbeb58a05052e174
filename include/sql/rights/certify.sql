-- Purpose: the certificate in the audit log. Grain: one entry. Parameters: erasure_id, customer. Rerun: run once, in the
-- transaction of the erasure.
SELECT rights.certify(%(erasure_id)s, %(customer)s)
