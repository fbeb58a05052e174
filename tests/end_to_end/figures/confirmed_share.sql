SELECT count(*) FILTER (WHERE EXISTS (
    SELECT FROM activation.provider_event AS e
    WHERE e.tenant_id = d.tenant_id AND e.delivery_id = d.delivery_id AND e.kind = 'delivered'))::float / nullif(count(*) FILTER (WHERE d.state = 'accepted'), 0) AS confirmed_share
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.state IN ('accepted', 'rejected', 'unknown')
