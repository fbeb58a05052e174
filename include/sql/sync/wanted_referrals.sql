-- Purpose: what the graph is to hold of who brought whom.
-- Grain: one row a REFERRED edge: id, start_id, end_id, properties. Parameters: tenant_id, graph_name, label, start_label,
-- end_label; {source}: core.referral, or the rows of it that a run concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, referral.graph_key) AS id,
    _graphid((SELECT _label_id(%(graph_name)s, %(start_label)s))::integer, referrer.graph_key) AS start_id,
    _graphid((SELECT _label_id(%(graph_name)s, %(end_label)s))::integer, brought.graph_key) AS end_id,
    agtype_build_map() AS properties
FROM {source} AS referral
JOIN core.customer AS referrer
    ON referrer.tenant_id = referral.tenant_id AND referrer.customer_id = referral.referrer_id
JOIN core.customer AS brought ON brought.tenant_id = referral.tenant_id AND brought.customer_id = referral.customer_id
WHERE referral.tenant_id = %(tenant_id)s
