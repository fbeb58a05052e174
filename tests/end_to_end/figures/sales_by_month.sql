SELECT date_trunc('month', ordered_at AT TIME ZONE tenant.time_zone) AS day, tenant.name || ', ' || tenant.currency AS tenant_and_currency,
       sum(home_net_minor) / power(10::numeric, max(tenant.minor_units)) AS home_net_total
FROM core.order
JOIN ops.tenant USING (tenant_id)
WHERE net_quantity > 0
GROUP BY 1, 2
