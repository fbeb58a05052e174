-- Purpose: the providers that are to be asked for erasures. Grain: one row a provider. Parameters: tenant_id.
-- Rerun: reads only.
SELECT DISTINCT provider FROM rights.provider_erasure WHERE tenant_id = %(tenant_id)s AND state = 'queued' ORDER BY 1
