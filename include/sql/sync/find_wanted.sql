-- Purpose: the listed rows to read again: in another state than here, or set aside for a reason that hung on another row
-- or on the time. Two joins: under one OR, each listed row would be searched for by itself.
-- Grain: one row a key. Parameters: tenant_id, collection; {known}, the statement of what core has.
-- Rerun: the stage is fresh.
INSERT INTO wanted (collection, source_key, source_rev)
SELECT collection, source_key, source_rev
FROM listed
WHERE collection = %(collection)s
  AND NOT EXISTS (
      SELECT
      FROM (
          SELECT source_key, source_rev FROM ({known}) AS kept
          UNION ALL
          SELECT source_key, source_rev
          FROM ops.open_quarantine
          WHERE tenant_id = %(tenant_id)s AND collection = %(collection)s
      ) AS known
      WHERE known.source_key = listed.source_key AND known.source_rev = listed.source_rev
  )
UNION
SELECT collection, source_key, source_rev
FROM listed
WHERE collection = %(collection)s
  AND source_key IN (
      SELECT source_key
      FROM ops.open_quarantine
      WHERE tenant_id = %(tenant_id)s AND collection = %(collection)s
        AND rule IN ('duplicate_id', 'unknown_event', 'unknown_profile', 'future_event')
  )
