-- Purpose: events that are new in this run although they occurred before the tenant's last complete run could have seen
-- them: before its as-of, or its beginning where that was earlier, and by more than the allowance.
-- Grain: one row. Parameters: tenant_id, allowance. Rerun: before the merge of the events the same, after it none.
SELECT count(DISTINCT read.event_id)
FROM shaped_event AS read
CROSS JOIN (
    SELECT least(as_of, started_at) AS seen_until
    FROM ops.sync_run
    WHERE tenant_id = %(tenant_id)s AND state = 'projected'
    ORDER BY sync_run_id DESC
    LIMIT 1
) AS last
WHERE read.occurred_at < last.seen_until - %(allowance)s::interval
  AND NOT EXISTS (
      SELECT FROM core.event AS known WHERE known.tenant_id = %(tenant_id)s AND known.event_id = read.event_id
  )
