-- Purpose: who took hold of campaigns lately, and why.
-- Grain: one row an act, the newest first. Parameters: tenant_id, campaign_id (or null: all of the tenant), most.
-- Rerun: reads only.
SELECT campaign_id, name, campaign_run_id, act, acted_by, reason, acted_at
FROM activation.intervention
JOIN activation.campaign USING (tenant_id, campaign_id)
WHERE intervention.tenant_id = %(tenant_id)s AND (%(campaign_id)s::text IS NULL OR campaign_id = %(campaign_id)s)
ORDER BY intervention_id DESC
LIMIT %(most)s
