-- Purpose: note that the provider refuses the refresh token: from now on only a person's authorisation helps.
-- Grain: at most one row.
-- Parameters: tenant_id, provider, generation, reason.
-- Rerun: the first loss stands.
UPDATE activation.provider_token
SET lost_at = clock_timestamp(), lost_reason = %(reason)s
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s AND generation = %(generation)s AND lost_at IS NULL
