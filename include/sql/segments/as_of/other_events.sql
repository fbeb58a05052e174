-- Purpose: what had been done that is about no product, by what was known then.
-- Grain: one row an event of a type and item, by profiles live then; the rows of one event share its event_id.
-- Parameters: tenant_id, then (the moment), known_until; {event_type}, the type as a parameter; reads then_profile.
-- Rerun: reads only.
SELECT profile.customer_id, event.event_id, event.graph_key, event.occurred_at AS at
FROM core.events_known(%(tenant_id)s, %(then)s, %(known_until)s) AS event
JOIN then_profile AS profile USING (tenant_id, profile_id)
WHERE event.event_type = {event_type} AND profile.deleted_at IS NULL
