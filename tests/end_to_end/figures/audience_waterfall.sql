SELECT report.audience_step(s.step) AS step, sum(CASE s.position WHEN 1 THEN s.kept ELSE -s.dropped END)::bigint AS people_change
FROM (
    SELECT DISTINCT ON (tenant_id, campaign_id) tenant_id, campaign_run_id
    FROM activation.run
    WHERE kind = 'campaign'
    ORDER BY tenant_id, campaign_id, campaign_run_id DESC
) AS newest
JOIN activation.audience_step AS s USING (tenant_id, campaign_run_id)
WHERE s.position = 1 OR s.dropped > 0
GROUP BY 1
