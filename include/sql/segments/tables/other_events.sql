-- Purpose: what was done that is about no product.
-- Grain: one row an event of a type and item, by live profiles; the rows of one event share its event_id.
-- Parameters: tenant_id; {event_type}, the type as a parameter; {among}, which customers are asked.
-- Rerun: reads only.
SELECT profile.customer_id, event.event_id, event.graph_key, event.occurred_at AS at
FROM core.event AS event
JOIN core.profile AS profile USING (tenant_id, profile_id)
WHERE event.tenant_id = %(tenant_id)s AND event.event_type = {event_type} AND profile.deleted_at IS NULL {among}
