-- Purpose: the customers of whom a run's merge changed something that says what became of campaigns' messages: who they are,
-- their events and their orders. Of a purchase that is gone the touch itself still tells whose it was.
-- Grain: one row a customer.
-- Parameters: tenant_id; {stage}, the schema of the run.
-- Rerun: reads only.
SELECT customer_id FROM {stage}.changed_customer
UNION
SELECT profile.customer_id
FROM {stage}.moved_profile AS moved
JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = moved.profile_id
UNION
SELECT profile.customer_id
FROM {stage}.changed_event AS changed
JOIN core.event ON event.tenant_id = %(tenant_id)s AND event.graph_key = changed.graph_key
    AND event.occurred_at = changed.occurred_at
JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = event.profile_id
UNION
SELECT profile.customer_id
FROM {stage}.changed_event AS changed
JOIN core.event ON event.tenant_id = %(tenant_id)s AND event.graph_key = changed.graph_key
JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = event.profile_id
WHERE changed.occurred_at IS NULL
UNION
SELECT known.customer_id
FROM {stage}.changed_event AS changed
CROSS JOIN LATERAL unnest(ARRAY['event:', 'order:']) AS kind (prefix)
JOIN core.campaign_touch AS known
    ON known.tenant_id = %(tenant_id)s AND known.source_ref = kind.prefix || changed.graph_key
