SELECT date_trunc('month', occurred_at AT TIME ZONE tenant.time_zone) AS month, tenant.name AS tenant,
       count(DISTINCT customer_id) AS active_customers
FROM core.event
JOIN ops.tenant USING (tenant_id)
JOIN core.profile USING (tenant_id, profile_id)
WHERE event_type NOT LIKE '%\_sent'
GROUP BY 1, 2
