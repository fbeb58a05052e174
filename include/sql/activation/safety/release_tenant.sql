-- Purpose: let the sending of one tenant go on.
-- Grain: the open stop, or no row. Parameters: tenant_id, released_by; stopped_at, of the stop that is meant (null: any).
-- Rerun: finds none.
UPDATE ops.sending_stop
SET released_by = %(released_by)s, released_at = clock_timestamp()
WHERE tenant_id = %(tenant_id)s AND released_at IS NULL
  AND (%(stopped_at)s::timestamptz IS NULL OR stopped_at = %(stopped_at)s)
