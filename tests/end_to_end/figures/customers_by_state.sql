SELECT CASE WHEN funnel_stage IS NULL THEN 'Not stated'
    ELSE upper(left(funnel_stage, 1)) || replace(substr(funnel_stage, 2), '-', ' ') END AS funnel_stage, count(*) AS customers_total
FROM core.profile
WHERE is_primary AND deleted_at IS NULL
GROUP BY 1
