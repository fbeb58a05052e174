SELECT coalesce(report.country_name(country::text), 'Not stated') AS country, count(*) AS customers_total
FROM core.profile
WHERE is_primary AND deleted_at IS NULL
GROUP BY country
