-- Purpose: the moment to which ages were counted then: the as-of of the last sync until then, else the moment itself.
-- Grain: one row.
-- Parameters: tenant_id, then (the moment), known_until.
-- Rerun: reads only.
SELECT coalesce((
    SELECT as_of
    FROM ops.sync_run
    WHERE tenant_id = %(tenant_id)s AND state = 'projected' AND as_of <= %(then)s AND started_at < %(known_until)s
    ORDER BY sync_run_id DESC
    LIMIT 1
), %(then)s::timestamptz) AS as_of
