-- Purpose: a campaign as it stands.
-- Grain: one row.
-- Parameters: tenant_id, campaign_id.
-- Rerun: reads only.
SELECT
    campaign.campaign_id, campaign.name, campaign.segment_id, campaign.more_segment_ids, campaign.without_segment_ids,
    campaign.channels, campaign.template_id, campaign.template_version, campaign.message, campaign.message_class,
    campaign.policy, campaign.schedule, campaign.re_entry, campaign.priority, campaign.seed_list_id, campaign.variants,
    campaign.request_id, campaign.requested_by, campaign.state, campaign.version,
    tenant.name AS tenant_name, tenant.language, tenant.time_zone
FROM activation.campaign
JOIN ops.tenant USING (tenant_id)
WHERE campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = %(campaign_id)s
