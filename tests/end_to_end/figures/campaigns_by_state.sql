SELECT CASE WHEN paused_at IS NOT NULL AND state IN ('draft', 'ready', 'in_review', 'approved') THEN 'Paused'
           ELSE report.in_words(state) END AS state, count(*) AS campaign_count
FROM activation.campaign
GROUP BY 1
