-- Purpose: the campaigns that core has of the source. Grain: one row a campaign. Parameters: tenant_id. Rerun: reads only.
SELECT campaign_id AS source_key, source_rev FROM core.source_campaign WHERE tenant_id = %(tenant_id)s
