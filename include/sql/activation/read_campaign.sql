-- Purpose: a campaign with the segment definition that is active now.
-- Grain: one row a campaign; the definition's columns are null where none is active.
-- Parameters: tenant_id, campaign_id.
-- Rerun: reads only.
SELECT
    campaign.campaign_id, campaign.name, campaign.segment_id, campaign.channels, campaign.template_id,
    campaign.template_version, campaign.message, campaign.message_class, campaign.policy, campaign.request_id,
    campaign.requested_by, campaign.state,
    definition.version AS segment_version, definition.name AS segment_name, definition.sentence,
    definition.hash AS definition_hash,
    tenant.name AS tenant_name
FROM activation.campaign
JOIN ops.tenant USING (tenant_id)
LEFT JOIN segment.definition
    ON definition.tenant_id = campaign.tenant_id AND definition.segment_id = campaign.segment_id
    AND definition.state = 'active'
WHERE campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = %(campaign_id)s
