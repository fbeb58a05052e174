SELECT count(DISTINCT (e.delivery_id, e.kind)) AS lost_people
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
JOIN activation.provider_event AS e USING (tenant_id, delivery_id)
WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND e.kind IN ('complained', 'unsubscribed') AND d.state IN ('accepted', 'rejected', 'unknown')
