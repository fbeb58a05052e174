SELECT
    CASE WHEN years IS NULL THEN 'Not stated' WHEN years >= 65 THEN '65+' WHEN years < 18 THEN '0–17'
        WHEN years < 25 THEN '18–24' ELSE floor((years - 5) / 10) * 10 + 5 || '–' || floor((years - 5) / 10) * 10 + 14
    END AS age_band,
    coalesce(initcap(gender), 'Not stated') AS gender, count(*) AS customers_total
FROM core.profile
CROSS JOIN LATERAL (
    SELECT coalesce(
        extract(year FROM age(
            ((SELECT max(as_of) FROM ops.sync_run WHERE state = 'projected' AND sync_run.tenant_id = profile.tenant_id)
             AT TIME ZONE 'UTC')::date, date_of_birth)), age) AS years
) AS computed
WHERE is_primary AND deleted_at IS NULL
GROUP BY 1, 2
