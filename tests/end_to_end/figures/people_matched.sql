SELECT count(*) AS people_matched
FROM (
    SELECT DISTINCT ON (tenant_id, campaign_id) tenant_id, campaign_run_id
    FROM activation.run
    WHERE kind = 'campaign'
    ORDER BY tenant_id, campaign_id, campaign_run_id DESC
) AS newest
JOIN activation.delivery AS d USING (tenant_id, campaign_run_id)
WHERE d.recipient_kind = 'customer' AND d.step = 1
