-- Purpose: campaigns that the source no longer has. Those that its events name stay known by their ids.
-- Grain: one row a campaign. Parameters: tenant_id. Rerun: finds none.
DELETE FROM core.source_campaign AS known
USING gone
WHERE gone.collection = 'cdp_campaign' AND known.tenant_id = %(tenant_id)s AND known.campaign_id = gone.source_key
