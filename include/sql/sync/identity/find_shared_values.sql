-- Purpose: the values that touched profiles share, and whether they may join: not where a person blocked them, more
-- profiles have them than the limit, or a person took two of those who have them apart.
-- Grain: one row a value of two profiles or more. Parameters: tenant_id, most_profiles. Rerun: the caller rolls back.
INSERT INTO shared_value (kind, value_hash, link, holders, use)
SELECT
    touched.kind, touched.value_hash, touched.kind || ':' || encode(touched.value_hash, 'hex'), counted.holders,
    CASE
        WHEN EXISTS (
            SELECT FROM core.identity_split AS split
            JOIN core.identity AS one ON one.tenant_id = %(tenant_id)s AND one.profile_id = split.one_profile_id
                AND one.kind = touched.kind AND one.value_hash = touched.value_hash
            JOIN core.identity AS other ON other.tenant_id = %(tenant_id)s AND other.profile_id = split.other_profile_id
                AND other.kind = touched.kind AND other.value_hash = touched.value_hash
            WHERE split.tenant_id = %(tenant_id)s
        ) THEN 'split'
        WHEN decided.state = 'approved' THEN 'approved'
        WHEN holders > %(most_profiles)s THEN 'many'
        ELSE 'link'
    END
FROM (
    SELECT DISTINCT kind, value_hash
    FROM core.identity
    JOIN touched_profile USING (profile_id)
    WHERE tenant_id = %(tenant_id)s AND kind <> 'home'
) AS touched
CROSS JOIN LATERAL (
    SELECT count(*) AS holders
    FROM core.identity AS held
    WHERE held.tenant_id = %(tenant_id)s AND held.kind = touched.kind AND held.value_hash = touched.value_hash
) AS counted
LEFT JOIN core.identity_case AS decided ON decided.tenant_id = %(tenant_id)s
    AND decided.kind = touched.kind AND decided.value_hash = touched.value_hash
WHERE holders > 1 AND NOT EXISTS (
    SELECT FROM core.identity_block AS blocked
    WHERE blocked.tenant_id = %(tenant_id)s AND blocked.kind = touched.kind AND blocked.value_hash = touched.value_hash
)
