-- Purpose: events from before the horizon of retention leave the stage, in the transaction that brought them there.
-- Grain: key and revision of each row that was dropped. Parameters: tenant_id; {staged}, the collection's table in the stage;
-- {moment}, when an event happened. Rerun: finds none.
DELETE FROM {staged} AS staged
USING rights.horizon
WHERE horizon.tenant_id = %(tenant_id)s AND horizon.table_name = 'core.event'
  AND CASE WHEN core.is_moment(staged.{moment}) THEN staged.{moment}::timestamptz < horizon.before ELSE false END
RETURNING staged.source_key, staged.source_rev
