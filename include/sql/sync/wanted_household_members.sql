-- Purpose: what the graph is to hold of who lives where.
-- Grain: one row a MEMBER_OF_HOUSEHOLD edge: id, start_id, end_id, properties. Parameters: tenant_id, graph_name, label,
-- start_label, end_label; {source}: core.household_member, or the rows of it that a run concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, member.graph_key) AS id,
    _graphid((SELECT _label_id(%(graph_name)s, %(start_label)s))::integer, customer.graph_key) AS start_id,
    _graphid((SELECT _label_id(%(graph_name)s, %(end_label)s))::integer, household.graph_key) AS end_id,
    agtype_build_map() AS properties
FROM {source} AS member
JOIN core.customer AS customer USING (tenant_id, customer_id)
JOIN core.household AS household USING (tenant_id, household_id)
WHERE member.tenant_id = %(tenant_id)s
