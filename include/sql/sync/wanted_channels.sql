-- Purpose: what the graph is to hold of channels: those by which somebody can be reached.
-- Grain: one row a Channel vertex: id, properties. Parameters: tenant_id, graph_name, label; {source}: ops.graph_name, or
-- the rows of it that a run concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, named.graph_key) AS id,
    agtype_build_map('name', named.name) AS properties
FROM {source} AS named
WHERE named.tenant_id = %(tenant_id)s AND named.label = %(label)s AND EXISTS (
    SELECT FROM core.reachability WHERE reachability.tenant_id = named.tenant_id AND reachability.channel = named.name
)
