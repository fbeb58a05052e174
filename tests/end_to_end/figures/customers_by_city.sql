SELECT city, count(*) AS customers_total
FROM core.profile
WHERE is_primary AND deleted_at IS NULL AND city IS NOT NULL
GROUP BY city
