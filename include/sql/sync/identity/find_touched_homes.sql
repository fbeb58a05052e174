-- Purpose: the customers whose household could be another one now: those who changed, and whoever hangs together with them
-- by an address that can make a household or by family. An address that crosses the limit touches all who live there.
-- Grain: one row a customer. Parameters: tenant_id, most_profiles. Rerun: the caller rolls back.
WITH RECURSIVE crossing AS MATERIALIZED (
    SELECT value_hash
    FROM (
        SELECT value_hash, sum(CASE WHEN is_new THEN 1 ELSE -1 END) AS growth
        FROM changed_identity
        WHERE kind = 'home'
        GROUP BY value_hash
    ) AS changed_home
    CROSS JOIN LATERAL (
        SELECT count(*) AS holders
        FROM core.identity AS held
        WHERE held.tenant_id = %(tenant_id)s AND held.kind = 'home' AND held.value_hash = changed_home.value_hash
    ) AS counted
    WHERE least(holders, holders - growth) <= %(most_profiles)s
), reached AS (
    SELECT customer_id
    FROM (
        SELECT customer_id FROM changed_customer
        UNION
        SELECT profile.customer_id
        FROM core.profile AS profile
        WHERE profile.tenant_id = %(tenant_id)s AND profile.profile_id IN (
            SELECT profile_id FROM changed_identity WHERE kind = 'home'
            UNION ALL
            SELECT held.profile_id
            FROM crossing
            JOIN core.identity AS held ON held.tenant_id = %(tenant_id)s AND held.kind = 'home'
                AND held.value_hash = crossing.value_hash
        )
    ) AS seed
    UNION
    SELECT next.customer_id
    FROM reached
    CROSS JOIN LATERAL (
        SELECT mate.customer_id
        FROM core.household_member AS own
        JOIN core.household_member AS mate USING (tenant_id, household_id)
        WHERE own.tenant_id = %(tenant_id)s AND own.customer_id = reached.customer_id
        UNION ALL
        SELECT profile.customer_id
        FROM core.profile AS own
        CROSS JOIN LATERAL (
            SELECT other.profile_id
            FROM core.identity AS home
            CROSS JOIN LATERAL (
                SELECT several.profile_id, count(*) OVER () AS holders
                FROM (
                    SELECT held.profile_id
                    FROM core.identity AS held
                    WHERE held.tenant_id = %(tenant_id)s AND held.kind = 'home' AND held.value_hash = home.value_hash
                    LIMIT %(most_profiles)s + 1
                ) AS several
            ) AS other
            WHERE home.tenant_id = %(tenant_id)s AND home.profile_id = own.profile_id AND home.kind = 'home'
              AND other.holders <= %(most_profiles)s
            UNION ALL
            SELECT relation.to_profile_id
            FROM core.profile_relation AS relation
            WHERE relation.tenant_id = %(tenant_id)s AND relation.from_profile_id = own.profile_id
              AND relation.kind = 'family'
            UNION ALL
            SELECT relation.from_profile_id
            FROM core.profile_relation AS relation
            WHERE relation.tenant_id = %(tenant_id)s AND relation.to_profile_id = own.profile_id
              AND relation.kind = 'family'
        ) AS tied
        JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = tied.profile_id
        WHERE own.tenant_id = %(tenant_id)s AND own.customer_id = reached.customer_id
    ) AS next
)
INSERT INTO touched_home (customer_id) SELECT customer_id FROM reached
