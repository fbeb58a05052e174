-- Purpose: hold a provider's bucket, so that what is claimed of it can be counted.
-- Grain: one row, held until the transaction ends.
-- Parameters: tenant_id, provider.
-- Rerun: holds again.
SELECT FROM activation.rate_limit
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s AND domain = ''
FOR NO KEY UPDATE
