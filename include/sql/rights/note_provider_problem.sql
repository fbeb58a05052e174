-- Purpose: the provider has not taken an erasure: why, and that it was asked. Grain: one row an erasure.
-- Parameters: tenant_id, provider_erasure_ids, problem. Rerun: counts once more.
UPDATE rights.provider_erasure
SET attempts = attempts + 1, problem = %(problem)s
WHERE tenant_id = %(tenant_id)s AND provider_erasure_id = ANY (%(provider_erasure_ids)s) AND state = 'queued'
