-- Purpose: edges between profiles as the source has them now; those that are gone are deleted.
-- Grain: one row an edge and kind; gives the number changed. Parameters: tenant_id. Rerun: finds no difference.
WITH difference AS MATERIALIZED (
    SELECT source_key, kind, read.source_rev IS NOT NULL AS is_there, read.from_profile_id, read.to_profile_id,
        read.source_rev, known.from_profile_id AS known_from, known.to_profile_id AS known_to
    FROM (
        SELECT source_key, kind, from_profile_id, to_profile_id, source_rev
        FROM core.profile_relation
        WHERE tenant_id = %(tenant_id)s AND source_key IN (
            SELECT source_key FROM shaped_relation
            UNION ALL
            SELECT source_key FROM gone WHERE collection = 'cdp_profile2profile'
        )
    ) AS known
    FULL JOIN (
        SELECT source_key, kind, from_profile_id, to_profile_id, source_rev FROM shaped_relation
    ) AS read USING (source_key, kind)
    WHERE known.source_rev IS DISTINCT FROM read.source_rev
), removed AS (
    DELETE FROM core.profile_relation AS known
    USING difference
    WHERE known.tenant_id = %(tenant_id)s AND known.source_key = difference.source_key
      AND known.kind = difference.kind AND NOT difference.is_there
), written AS (
    INSERT INTO core.profile_relation AS known (
        tenant_id, source_key, kind, from_profile_id, to_profile_id, source_rev)
    SELECT %(tenant_id)s, source_key, kind, from_profile_id, to_profile_id, source_rev FROM difference WHERE is_there
    ON CONFLICT (tenant_id, source_key, kind) DO UPDATE SET
        from_profile_id = excluded.from_profile_id,
        to_profile_id = excluded.to_profile_id,
        source_rev = excluded.source_rev
), noted AS (
    INSERT INTO changed_customer (customer_id)
    SELECT DISTINCT profile.customer_id
    FROM difference
    -- Rows, and not a list in the join's condition: that would compare each edge with every profile.
    CROSS JOIN LATERAL (
        VALUES (difference.from_profile_id), (difference.to_profile_id), (known_from), (known_to)
    ) AS named (profile_id)
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = named.profile_id
    ON CONFLICT DO NOTHING
)
SELECT count(*) FROM difference
