-- Purpose: note, before the provider is asked, that its answer may be lost: only then does a refresh token that is refused
--          later have an explanation.
-- Grain: at most one row.
-- Parameters: tenant_id, provider, generation (of the pair that is about to be spent).
-- Rerun: the first note stands until a renewal succeeds.
UPDATE activation.provider_token
SET renewing_since = coalesce(renewing_since, clock_timestamp())
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s AND generation = %(generation)s AND lost_at IS NULL
