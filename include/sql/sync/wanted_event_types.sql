-- Purpose: what the graph is to hold of the types of events that are about no product: those that the tenant's events have.
-- Grain: one row an EventType vertex: id, properties. Parameters: tenant_id, graph_name, label; {source}: ops.graph_name,
-- or the rows of it that a run concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, named.graph_key) AS id,
    agtype_build_map('name', named.name) AS properties
FROM {source} AS named
WHERE named.tenant_id = %(tenant_id)s AND named.label = %(label)s AND EXISTS (
    SELECT FROM core.event WHERE event.tenant_id = named.tenant_id AND event.event_type = named.name
)
