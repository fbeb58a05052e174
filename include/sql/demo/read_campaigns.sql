-- Purpose: each campaign with its latest run. Grain: one row a campaign.
-- Parameters: none; the connection is bound to the tenant.
-- Rerun: reads only.
SELECT c.campaign_id, c.name, c.channels, c.state, c.missing,
       (SELECT max(r.campaign_run_id) FROM activation.run AS r
        WHERE r.tenant_id = c.tenant_id AND r.campaign_id = c.campaign_id AND r.kind = 'campaign') AS campaign_run_id
FROM activation.campaign AS c
ORDER BY c.created_at
