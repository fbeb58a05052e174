-- Purpose: keep a request that is handled at once out of the next collections of the inbox; after the lease it is taken
--          as any other, so that it is not lost where its handling was killed.
-- Grain: one request.
-- Parameters: tenant_id, request_id.
-- Rerun: begins the lease anew.
UPDATE segment.request
SET collected_at = now()
WHERE tenant_id = %(tenant_id)s AND request_id = %(request_id)s
