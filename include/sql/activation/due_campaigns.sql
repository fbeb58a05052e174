-- Purpose: the campaigns to be planned now: complete, never planned, and their segment has been refreshed under the
--          definition that is active, and is not stopped.
-- Grain: one row a campaign.
-- Parameters: tenant_id.
-- Rerun: reads only; a planned campaign is due no more.
SELECT campaign.campaign_id
FROM activation.campaign
WHERE campaign.tenant_id = %(tenant_id)s AND campaign.state = 'ready' AND EXISTS (
    SELECT FROM segment.definition
    JOIN segment.run USING (tenant_id, segment_id, version)
    WHERE definition.tenant_id = campaign.tenant_id AND definition.segment_id = campaign.segment_id
      AND definition.state = 'active'
) AND NOT EXISTS (
    SELECT FROM segment.agreement
    WHERE agreement.tenant_id = campaign.tenant_id AND agreement.segment_id = campaign.segment_id
      AND agreement.stopped_since IS NOT NULL
)
ORDER BY campaign.campaign_id
