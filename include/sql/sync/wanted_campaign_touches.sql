-- Purpose: what the graph is to hold of what became of campaigns' messages, of one kind.
-- Grain: one row a RECEIVED, OPENED, CLICKED or CONVERTED edge: id, start_id, end_id, properties. Parameters: tenant_id,
-- graph_name, exposure, label, start_label, end_label; {source}: core.campaign_touch, or the rows of it that a run
-- concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, touch.graph_key) AS id,
    _graphid((SELECT _label_id(%(graph_name)s, %(start_label)s))::integer, customer.graph_key) AS start_id,
    _graphid((SELECT _label_id(%(graph_name)s, %(end_label)s))::integer, campaign.graph_key) AS end_id,
    agtype_build_map_nonull(
        'at', (extract(epoch FROM touch.occurred_at) * 1000000)::bigint,
        'channel', touch.channel
    ) AS properties
FROM {source} AS touch
JOIN core.customer AS customer USING (tenant_id, customer_id)
JOIN core.campaign AS campaign USING (tenant_id, campaign_id)
WHERE touch.tenant_id = %(tenant_id)s AND touch.exposure = %(exposure)s
