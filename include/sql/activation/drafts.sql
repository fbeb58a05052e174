-- Purpose: the campaigns that lacked something when they were last looked at.
-- Grain: one row a draft.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT
    campaign_id, name, segment_id, channels, template_id, template_version, message, message_class, policy, request_id,
    requested_by
FROM activation.campaign
WHERE tenant_id = %(tenant_id)s AND state = 'draft'
ORDER BY campaign_id
