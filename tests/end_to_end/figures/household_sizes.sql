SELECT size, count(members) AS groups_total
FROM unnest(ARRAY['2', '3', '4', '5 or more']) AS size
LEFT JOIN (
    SELECT count(*) AS members FROM core.household_member GROUP BY tenant_id, household_id
) AS household ON size = CASE WHEN members > 4 THEN '5 or more' ELSE members::text END
GROUP BY size
