-- Purpose: the campaigns of the source, by which its events' campaigns have their names.
-- Grain: one row a campaign. Parameters: tenant_id. Rerun: only differences are touched.
MERGE INTO core.source_campaign AS known
USING shaped_campaign AS read
ON known.tenant_id = %(tenant_id)s AND known.campaign_id = read.campaign_id
WHEN MATCHED AND (known.name, known.source_rev) IS DISTINCT FROM (read.name, read.source_rev) THEN UPDATE SET
    name = read.name,
    source_rev = read.source_rev
WHEN NOT MATCHED THEN INSERT (tenant_id, campaign_id, name, source_rev)
VALUES (%(tenant_id)s, read.campaign_id, read.name, read.source_rev)
