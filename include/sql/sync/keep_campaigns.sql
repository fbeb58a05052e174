-- Purpose: the campaigns that a customer may have heard of: those that were run from here, and those that events of the
-- source refer to; one of which neither side has a name is known by its id.
-- Grain: one row a campaign; the surrogates of changed rows go to concerned_key. Parameters: tenant_id, source.
-- Rerun: only rows that differ are touched.
WITH RECURSIVE named (campaign_id) AS (
    -- From one to the next in the index, however many events name each.
    (
        SELECT campaign_ref FROM core.event
        WHERE tenant_id = %(tenant_id)s AND campaign_ref IS NOT NULL
        ORDER BY campaign_ref LIMIT 1
    )
    UNION ALL
    SELECT (
        SELECT campaign_ref FROM core.event
        WHERE tenant_id = %(tenant_id)s AND campaign_ref > named.campaign_id
        ORDER BY campaign_ref LIMIT 1
    )
    FROM named
    WHERE named.campaign_id IS NOT NULL
),
wanted AS (
    SELECT %(tenant_id)s AS tenant_id, campaign_id, coalesce(own.name, theirs.name, campaign_id) AS name
    FROM (
        SELECT campaign_id FROM named WHERE campaign_id IS NOT NULL
        UNION
        SELECT campaign_id FROM activation.run WHERE tenant_id = %(tenant_id)s
    ) AS heard_of
    LEFT JOIN (
        SELECT campaign_id, name FROM activation.campaign WHERE tenant_id = %(tenant_id)s
    ) AS own USING (campaign_id)
    LEFT JOIN (
        SELECT campaign_id, name FROM core.source_campaign WHERE tenant_id = %(tenant_id)s
    ) AS theirs USING (campaign_id)
),
changed AS (
    MERGE INTO core.campaign AS known
    USING wanted
    ON known.tenant_id = wanted.tenant_id AND known.campaign_id = wanted.campaign_id
    WHEN MATCHED AND known.name <> wanted.name THEN UPDATE SET name = wanted.name
    WHEN NOT MATCHED BY TARGET THEN INSERT (tenant_id, campaign_id, name)
        VALUES (wanted.tenant_id, wanted.campaign_id, wanted.name)
    WHEN NOT MATCHED BY SOURCE AND known.tenant_id = %(tenant_id)s THEN DELETE
    RETURNING known.graph_key
)
INSERT INTO concerned_key (source, graph_key) SELECT %(source)s, graph_key FROM changed ON CONFLICT DO NOTHING
