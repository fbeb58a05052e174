-- Purpose: put the new pair in the place of the one that was spent. Committed before the new access token is used.
-- Grain: one row; none where another pair came between, which the row's lock rules out.
-- Parameters: tenant_id, provider, generation (of the spent pair), access_token and refresh_token (sealed; the first may be
--             null), access_lives and refresh_lives (intervals).
-- Rerun: changes nothing, as the generation has moved on.
UPDATE activation.provider_token
SET access_token = %(access_token)s,
    access_until = CASE WHEN %(access_token)s::bytea IS NOT NULL THEN clock_timestamp() + %(access_lives)s::interval END,
    refresh_token = %(refresh_token)s,
    refresh_until = clock_timestamp() + %(refresh_lives)s::interval,
    generation = generation + 1,
    rotated_at = clock_timestamp(),
    renewing_since = NULL,
    lost_at = NULL,
    lost_reason = NULL
WHERE tenant_id = %(tenant_id)s AND provider = %(provider)s AND generation = %(generation)s
