-- Purpose: who lives together: by a home that two customers or more give and no more profiles than the limit, or by family.
-- Grain: one row a link and customer. Parameters: tenant_id, most_profiles. Rerun: the caller rolls back.
INSERT INTO home_link (link, member)
SELECT DISTINCT 'home:' || encode(home.value_hash, 'hex'), place.member
FROM (
    SELECT DISTINCT own.value_hash
    FROM home_place
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = home_place.member
    JOIN core.identity AS own
        ON own.tenant_id = %(tenant_id)s AND own.profile_id = profile.profile_id AND own.kind = 'home'
) AS home
CROSS JOIN LATERAL (
    SELECT count(*) AS holders
    FROM core.identity AS held
    WHERE held.tenant_id = %(tenant_id)s AND held.kind = 'home' AND held.value_hash = home.value_hash
) AS counted
JOIN core.identity AS held ON held.tenant_id = %(tenant_id)s AND held.kind = 'home'
    AND held.value_hash = home.value_hash
JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = held.profile_id
JOIN home_place AS place ON place.member = profile.customer_id
WHERE counted.holders BETWEEN 2 AND %(most_profiles)s AND profile.deleted_at IS NULL
UNION
SELECT 'family:' || relation.source_key, place.member
FROM home_place AS place
JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = place.member
JOIN (
    SELECT from_profile_id AS profile_id, source_key
    FROM core.profile_relation
    WHERE tenant_id = %(tenant_id)s AND kind = 'family'
    UNION ALL
    SELECT to_profile_id, source_key
    FROM core.profile_relation
    WHERE tenant_id = %(tenant_id)s AND kind = 'family'
) AS relation ON relation.profile_id = profile.profile_id
WHERE profile.deleted_at IS NULL
