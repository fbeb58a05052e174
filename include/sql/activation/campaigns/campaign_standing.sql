-- Purpose: where a campaign stands before it is changed, holding it.
-- Grain: one row, or none.
-- Parameters: tenant_id, campaign_id.
-- Rerun: holds until the transaction ends.
SELECT campaign.state, campaign.request_id, campaign.requested_by, version.hash, campaign.version
FROM activation.campaign
LEFT JOIN activation.campaign_version AS version USING (tenant_id, campaign_id, version)
WHERE campaign.tenant_id = %(tenant_id)s AND campaign.campaign_id = %(campaign_id)s
FOR UPDATE OF campaign
