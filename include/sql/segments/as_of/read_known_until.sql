-- Purpose: before when a thing must have been recorded to be known at a moment; as text, because it may be infinity.
-- Grain: one row.
-- Parameters: tenant_id, then (the moment).
-- Rerun: reads only.
SELECT core.known_until(%(tenant_id)s, %(then)s)::text
