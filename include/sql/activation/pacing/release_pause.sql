-- Purpose: give a provider messages again.
-- Grain: one row a rest that ended by this.
-- Parameters: tenant_id, provider, released_by.
-- Rerun: ends nothing the second time.
UPDATE activation.provider_pause
SET released_at = clock_timestamp(), released_by = %(released_by)s
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s AND released_at IS NULL
  AND (until IS NULL OR until > clock_timestamp())
