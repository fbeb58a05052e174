-- Purpose: the provider has taken an erasure: the addresses go, its number stays. Grain: one row an erasure.
-- Parameters: tenant_id, provider_erasure_ids, job. Rerun: finds none.
UPDATE rights.provider_erasure
SET state = 'done', sealed = NULL, job = %(job)s, problem = NULL, attempts = attempts + 1, settled_at = clock_timestamp()
WHERE tenant_id = %(tenant_id)s AND provider_erasure_id = ANY (%(provider_erasure_ids)s) AND state = 'queued'
