-- Purpose: the questions about clusters: by several values together, two CRM records or more profiles than the limit
-- would become one, or two that a person took apart. What a person approved counts as one.
-- Grain: one row a cluster. Parameters: tenant_id, most_profiles. Rerun: the caller rolls back.
INSERT INTO found_case (subject, reason, profiles, kinds, members)
SELECT
    'cluster:' || md5(string_agg(member, ',' ORDER BY member)),
    CASE
        WHEN parted.here THEN 'split_before'
        WHEN count(DISTINCT unit) FILTER (WHERE has_crm) > 1 THEN 'two_crm_records'
        ELSE 'large_cluster'
    END,
    count(*),
    (
        SELECT array_agg(DISTINCT link.kind ORDER BY link.kind)
        FROM identity_link AS link
        WHERE link.member = ANY (array_agg(place.member))
    ),
    array_agg(member ORDER BY member)
FROM identity_place AS place
LEFT JOIN (
    SELECT DISTINCT one.label, true AS here
    FROM core.identity_split AS split
    JOIN identity_place AS one ON one.member = split.one_profile_id
    JOIN identity_place AS other ON other.member = split.other_profile_id AND other.label = one.label
    WHERE split.tenant_id = %(tenant_id)s
) AS parted USING (label)
WHERE NOT is_gone
GROUP BY label, parted.here
HAVING count(DISTINCT unit) > 1 AND (
    parted.here
    OR count(DISTINCT unit) FILTER (WHERE has_crm) > 1
    OR count(*) FILTER (WHERE NOT is_approved) + count(DISTINCT unit) FILTER (WHERE is_approved) > %(most_profiles)s
)
