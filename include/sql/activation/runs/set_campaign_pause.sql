-- Purpose: pause a campaign, or let it go on.
-- Grain: one row.
-- Parameters: tenant_id, campaign_id, paused_by (null: it goes on).
-- Rerun: the last one holds.
UPDATE activation.campaign
SET paused_by = %(paused_by)s::text, paused_at = CASE WHEN %(paused_by)s::text IS NOT NULL THEN clock_timestamp() END
WHERE tenant_id = %(tenant_id)s AND campaign_id = %(campaign_id)s
