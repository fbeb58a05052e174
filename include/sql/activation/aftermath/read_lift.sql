-- Purpose: what a campaign did beside people whom chance kept out of it; activation.lift_of says how.
-- Grain: one row a group that it is compared with.
-- Parameters: tenant_id, campaign_id.
-- Rerun: reads only.
SELECT * FROM activation.lift_of(%(tenant_id)s, %(campaign_id)s)
