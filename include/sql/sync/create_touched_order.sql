-- Purpose: the orders of which this run's merge is about to add, change or delete an event, and whose they are, until the
-- transaction ends; asked before, because a deleted event does not say any more which order it was of.
-- Grain: one row a profile and order; order_id is null for purchases without one. Parameters: tenant_id.
-- Rerun: a temporary table of this transaction.
CREATE TEMPORARY TABLE touched_order ON COMMIT DROP AS
SELECT known.profile_id, known.order_id
FROM (
    SELECT event_id FROM shaped_event
    UNION
    SELECT source_key FROM gone WHERE collection IN ('cdp_trackingevent', 'clickstream_events')
) AS touched
JOIN core.event AS known ON known.tenant_id = %(tenant_id)s AND known.event_id = touched.event_id
WHERE known.event_type IN ('purchase', 'return', 'refund', 'cancel') AND NOT EXISTS (
    SELECT FROM shaped_event AS read
    WHERE read.event_key = known.event_key AND read.occurred_at = known.occurred_at
      AND read.source_rev = known.source_rev AND read.profile_id = known.profile_id
)
UNION
SELECT read.profile_id, read.order_id
FROM shaped_event AS read
WHERE read.event_type IN ('purchase', 'return', 'refund', 'cancel') AND NOT EXISTS (
    SELECT FROM core.event AS known
    WHERE known.tenant_id = %(tenant_id)s AND known.event_key = read.event_key
      AND known.occurred_at = read.occurred_at AND known.source_rev = read.source_rev
      AND known.profile_id = read.profile_id
)
