-- Purpose: what the graph is to hold of campaigns.
-- Grain: one row a Campaign vertex: id, properties. Parameters: tenant_id, graph_name, label; {source}: core.campaign, or
-- the rows of it that a run concerns. Rerun: reads only.
SELECT
    _graphid((SELECT _label_id(%(graph_name)s, %(label)s))::integer, campaign.graph_key) AS id,
    agtype_build_map('campaign_id', campaign.campaign_id) AS properties
FROM {source} AS campaign
WHERE campaign.tenant_id = %(tenant_id)s
