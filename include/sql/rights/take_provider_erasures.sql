-- Purpose: the erasures that a provider is to be asked for, held until the transaction ends: nobody asks twice at once.
-- Grain: one row an erasure and provider. Parameters: tenant_id, provider, most. Rerun: gives what is still queued.
SELECT provider_erasure_id, sealed
FROM rights.provider_erasure
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s AND state = 'queued'
ORDER BY provider_erasure_id
LIMIT %(most)s
FOR UPDATE SKIP LOCKED
