-- Purpose: what the graph is to hold of events that are about no product: an edge between the customer of the event's
-- profile and the event's type.
-- Grain: one row a DID edge, for a row of core.event: id, start_id, end_id, properties. Parameters: tenant_id, graph_name,
-- product_events (the types that have edges of their own), label, start_label, end_label; {source}: core.event, or the rows
-- of it that a run concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, event.graph_key) AS id,
    _graphid((SELECT _label_id(%(graph_name)s, %(start_label)s))::integer, customer.graph_key) AS start_id,
    _graphid((SELECT _label_id(%(graph_name)s, %(end_label)s))::integer, named.graph_key) AS end_id,
    agtype_build_map(
        'at', (extract(epoch FROM event.occurred_at) * 1000000)::bigint,
        'event_id', event.event_id
    ) AS properties
FROM {source} AS event
JOIN core.profile AS profile USING (tenant_id, profile_id)
JOIN core.customer AS customer USING (tenant_id, customer_id)
-- At most one; as a condition (EXISTS) the planner begins with it and searches the events of each.
JOIN core.profile AS speaker
    ON speaker.tenant_id = customer.tenant_id AND speaker.customer_id = customer.customer_id
    AND speaker.is_primary AND speaker.deleted_at IS NULL
JOIN ops.graph_name AS named
    ON named.tenant_id = event.tenant_id AND named.label = %(end_label)s AND named.name = event.event_type
WHERE event.tenant_id = %(tenant_id)s AND event.event_type <> ALL (%(product_events)s)
  AND profile.deleted_at IS NULL
