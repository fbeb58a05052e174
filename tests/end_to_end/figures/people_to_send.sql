SELECT sum(s.kept)::bigint AS people_to_send
FROM (
    SELECT DISTINCT ON (tenant_id, campaign_id) tenant_id, campaign_run_id
    FROM activation.run
    WHERE kind = 'campaign'
    ORDER BY tenant_id, campaign_id, campaign_run_id DESC
) AS newest
JOIN activation.audience_step AS s USING (tenant_id, campaign_run_id)
WHERE s.step = 'to_send'
