SELECT date_trunc('week', occurred_at AT TIME ZONE tenant.time_zone) AS day, report.in_words(event_type) AS event_type,
       count(*) AS events_total
FROM core.event
JOIN ops.tenant USING (tenant_id)
WHERE event_type IN ('view', 'add_to_cart', 'purchase')
GROUP BY 1, 2
