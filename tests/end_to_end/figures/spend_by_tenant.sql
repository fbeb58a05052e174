SELECT tenant.name AS tenant, tenant.currency, count(*) AS buyers_total, count(*) FILTER (WHERE orders > 1) AS repeat_total,
       sum(orders) AS orders_total, sum(spent) AS net_spend_total, sum(spent) / count(*) AS spend_per_buyer,
       sum(spent) / (sum(orders) - sum(orders_without_rate)) AS spend_per_order, sum(orders_without_rate) AS unrated_total
FROM core.customer_total
JOIN ops.tenant USING (tenant_id)
CROSS JOIN LATERAL (SELECT net_spent_minor / power(10::numeric, minor_units) AS spent) AS told
WHERE orders > 0
GROUP BY 1, 2
