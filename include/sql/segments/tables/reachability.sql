-- Purpose: who can be reached on which channel, as of the last sync.
-- Grain: one row a customer and channel on which they have an address or gave consent.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT customer_id, channel, has_address, has_consent
FROM core.reachability
WHERE tenant_id = %(tenant_id)s
