-- Purpose: metrics that the source no longer has, and the earlier names of those that it has under another one. One of
-- LEO's default metrics has lost its key to the merge by now, so it stays.
-- Grain: one row a metric. Parameters: tenant_id. Rerun: finds none.
DELETE FROM core.event_metric AS known
WHERE known.tenant_id = %(tenant_id)s
  AND (
      known.source_key IN (SELECT source_key FROM gone WHERE collection = 'cdp_eventmetric')
      OR EXISTS (
          SELECT FROM shaped_event_metric AS read
          WHERE read.source_key = known.source_key AND read.metric_name <> known.metric_name
      )
  )
