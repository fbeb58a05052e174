SELECT sum(s.dropped)::float / sum(s.kept) FILTER (WHERE s.position = 1) AS dropped_share
FROM (
    SELECT DISTINCT ON (tenant_id, campaign_id) tenant_id, campaign_run_id
    FROM activation.run
    WHERE kind = 'campaign'
    ORDER BY tenant_id, campaign_id, campaign_run_id DESC
) AS newest
JOIN activation.audience_step AS s USING (tenant_id, campaign_run_id)
