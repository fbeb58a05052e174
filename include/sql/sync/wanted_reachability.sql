-- Purpose: what the graph is to hold of who can be reached by which channel.
-- Grain: one row a REACHABLE_BY edge: id, start_id, end_id, properties. Parameters: tenant_id, graph_name, label,
-- start_label, end_label; {source}: core.reachability, or the rows of it that a run concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, reached.graph_key) AS id,
    _graphid((SELECT _label_id(%(graph_name)s, %(start_label)s))::integer, customer.graph_key) AS start_id,
    _graphid((SELECT _label_id(%(graph_name)s, %(end_label)s))::integer, channel.graph_key) AS end_id,
    agtype_build_map('address', reached.has_address, 'consent', reached.has_consent) AS properties
FROM {source} AS reached
JOIN core.customer AS customer USING (tenant_id, customer_id)
JOIN ops.graph_name AS channel
    ON channel.tenant_id = reached.tenant_id AND channel.label = %(end_label)s AND channel.name = reached.channel
WHERE reached.tenant_id = %(tenant_id)s
