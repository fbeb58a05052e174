-- Purpose: take a refresh token that a person gave, where it is not one that was given before: each can be used once.
-- Grain: one row; none where it was given before.
-- Parameters: tenant_id, provider, refresh_token (sealed), mark (SHA-256 of it), refresh_lives, granted_by.
-- Rerun: changes nothing.
INSERT INTO activation.provider_token AS held
    (tenant_id, provider, refresh_token, refresh_until, grant_marks, granted_by)
VALUES (
    %(tenant_id)s, %(provider)s, %(refresh_token)s, clock_timestamp() + %(refresh_lives)s::interval,
    ARRAY[%(mark)s::bytea], %(granted_by)s
)
ON CONFLICT (tenant_id, provider) DO UPDATE
SET access_token = NULL,
    access_until = NULL,
    refresh_token = excluded.refresh_token,
    refresh_until = excluded.refresh_until,
    generation = held.generation + 1,
    rotated_at = clock_timestamp(),
    renewing_since = NULL,
    lost_at = NULL,
    lost_reason = NULL,
    grant_marks = held.grant_marks || excluded.grant_marks,
    granted_at = clock_timestamp(),
    granted_by = excluded.granted_by
WHERE NOT (held.grant_marks @> excluded.grant_marks)
