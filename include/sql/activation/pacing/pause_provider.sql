-- Purpose: nothing of the tenant's is given to a provider for a time, or until a person releases it.
-- Grain: one row, the rest that holds.
-- Parameters: tenant_id, provider, reason, lasts (null: until it is released).
-- Rerun: the longer rest holds, with its reason.
INSERT INTO activation.provider_pause AS pause (tenant_id, provider, reason, until)
VALUES (%(tenant_id)s, %(provider)s, %(reason)s, clock_timestamp() + %(lasts)s::interval)
ON CONFLICT (tenant_id, provider) WHERE released_at IS NULL DO UPDATE
SET reason = excluded.reason, until = excluded.until,
    paused_at = CASE WHEN pause.until <= clock_timestamp() THEN excluded.paused_at ELSE pause.paused_at END
WHERE pause.until IS NOT NULL AND coalesce(excluded.until, 'infinity') > pause.until
