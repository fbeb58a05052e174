-- Purpose: let one planner or decider at a time work on a campaign.
-- Grain: one row.
-- Parameters: tenant_id, campaign_id.
-- Rerun: holds until the transaction ends.
SELECT FROM activation.campaign WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s FOR UPDATE
