SELECT size, count(records) AS groups_total
FROM unnest(ARRAY['1', '2', '3', '4 or more']) AS size
LEFT JOIN (
    SELECT count(*) AS records FROM core.profile WHERE deleted_at IS NULL GROUP BY tenant_id, customer_id
) AS customer ON size = CASE WHEN records > 3 THEN '4 or more' ELSE records::text END
GROUP BY size
