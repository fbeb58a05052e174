SELECT coalesce(report.language_name(language), 'Not stated') AS language, count(*) AS customers_total
FROM core.profile
WHERE is_primary AND deleted_at IS NULL
GROUP BY 1
