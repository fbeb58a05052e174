-- Purpose: who brought whom: the source's referrals between profiles as pairs of the customers whom they belong to, both
-- with a live record.
-- Grain: one row a pair; the surrogates of changed rows go to concerned_key. Parameters: tenant_id, source.
-- Rerun: only rows that differ are touched.
WITH live AS (
    SELECT profile.profile_id, profile.customer_id
    FROM core.profile AS profile
    JOIN core.profile AS speaker USING (tenant_id, customer_id)
    WHERE profile.tenant_id = %(tenant_id)s AND profile.deleted_at IS NULL
      AND speaker.is_primary AND speaker.deleted_at IS NULL
),
changed AS (
    MERGE INTO core.referral AS known
    USING (
        SELECT DISTINCT relation.tenant_id, referrer.customer_id AS referrer_id, brought.customer_id
        FROM core.profile_relation AS relation
        JOIN live AS referrer ON referrer.profile_id = relation.from_profile_id
        JOIN live AS brought ON brought.profile_id = relation.to_profile_id
        WHERE relation.tenant_id = %(tenant_id)s AND relation.kind = 'referral'
          AND referrer.customer_id <> brought.customer_id
    ) AS wanted
    ON known.tenant_id = wanted.tenant_id AND known.referrer_id = wanted.referrer_id
        AND known.customer_id = wanted.customer_id
    WHEN NOT MATCHED BY TARGET THEN INSERT (tenant_id, referrer_id, customer_id)
        VALUES (wanted.tenant_id, wanted.referrer_id, wanted.customer_id)
    WHEN NOT MATCHED BY SOURCE AND known.tenant_id = %(tenant_id)s THEN DELETE
    RETURNING known.graph_key
)
INSERT INTO concerned_key (source, graph_key) SELECT %(source)s, graph_key FROM changed ON CONFLICT DO NOTHING
