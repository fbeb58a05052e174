-- Purpose: where a campaign stands before somebody takes hold of it, holding it.
-- Grain: one row, or none where there is no such campaign.
-- Parameters: tenant_id, campaign_id.
-- Rerun: holds until the transaction ends.
SELECT state, paused_at
FROM activation.campaign
WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s
FOR UPDATE
