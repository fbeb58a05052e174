-- Purpose: how many deliveries of a provider have no known end and are old enough to be looked for in its log.
-- Grain: one row.
-- Parameters: tenant_id, provider, older_than (so long ago an attempt must have begun).
-- Rerun: reads only.
SELECT count(*)
FROM activation.unknown_delivery
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s AND NOT past_deadline
  AND started_at <= clock_timestamp() - %(older_than)s::interval
