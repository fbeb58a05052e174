-- Purpose: everybody whose customer could be another one now: profiles whose identities changed, their customers, and
-- whoever hangs together with them by any value that can join. A value that crosses the limit touches all its holders.
-- Grain: one row a profile. Parameters: tenant_id, most_profiles. Rerun: the caller rolls back.
WITH RECURSIVE changed_value AS MATERIALIZED (
    SELECT kind, value_hash, sum(CASE WHEN is_new THEN 1 ELSE -1 END) AS growth
    FROM changed_identity
    WHERE kind <> 'home'
    GROUP BY kind, value_hash
), crossing AS MATERIALIZED (
    SELECT kind, value_hash
    FROM changed_value
    CROSS JOIN LATERAL (
        SELECT count(*) AS holders
        FROM core.identity AS held
        WHERE held.tenant_id = %(tenant_id)s AND held.kind = changed_value.kind
          AND held.value_hash = changed_value.value_hash
    ) AS counted
    WHERE least(holders, holders - growth) <= %(most_profiles)s
), seed AS (
    SELECT profile_id FROM changed_identity WHERE kind <> 'home'
    UNION
    SELECT profile_id FROM touched_profile
    UNION
    SELECT profile.profile_id
    FROM core.profile
    WHERE profile.tenant_id = %(tenant_id)s AND profile.customer_id IN (SELECT customer_id FROM changed_customer)
    UNION
    SELECT held.profile_id
    FROM crossing
    JOIN core.identity AS held ON held.tenant_id = %(tenant_id)s AND held.kind = crossing.kind
        AND held.value_hash = crossing.value_hash
), reached AS (
    SELECT profile_id FROM seed
    UNION
    SELECT next.profile_id
    FROM reached
    CROSS JOIN LATERAL (
        SELECT other.profile_id
        FROM core.identity AS own
        CROSS JOIN LATERAL (
            SELECT several.profile_id, count(*) OVER () AS holders
            FROM (
                SELECT held.profile_id
                FROM core.identity AS held
                WHERE held.tenant_id = %(tenant_id)s AND held.kind = own.kind AND held.value_hash = own.value_hash
                LIMIT %(most_profiles)s + 1
            ) AS several
        ) AS other
        WHERE own.tenant_id = %(tenant_id)s AND own.profile_id = reached.profile_id AND own.kind <> 'home'
          AND other.holders <= %(most_profiles)s
        UNION ALL
        SELECT held.profile_id
        FROM core.identity AS own
        JOIN core.identity_case AS decided USING (tenant_id, kind, value_hash)
        JOIN core.identity AS held USING (tenant_id, kind, value_hash)
        WHERE own.tenant_id = %(tenant_id)s AND own.profile_id = reached.profile_id AND decided.state = 'approved'
        UNION ALL
        SELECT mate.profile_id
        FROM core.profile AS own
        JOIN core.profile AS mate USING (tenant_id, customer_id)
        WHERE own.tenant_id = %(tenant_id)s AND own.profile_id = reached.profile_id
        UNION ALL
        SELECT other.profile_id
        FROM core.identity_case_profile AS own
        JOIN core.identity_case AS decided USING (tenant_id, case_id)
        JOIN core.identity_case_profile AS other USING (tenant_id, case_id)
        WHERE own.tenant_id = %(tenant_id)s AND own.profile_id = reached.profile_id AND decided.state = 'approved'
    ) AS next
)
INSERT INTO touched_profile (profile_id) SELECT profile_id FROM reached ON CONFLICT DO NOTHING
