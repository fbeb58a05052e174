SELECT tenant, (tenth - 1) * 10 || '–' || tenth * 10 || '%' AS tenth, sum(spent) / max(whole) AS spend_share
FROM (
    SELECT ranked.*, sum(spent) OVER (PARTITION BY tenant_id) AS whole
    FROM (
    SELECT total.*, tenant.name AS tenant, tenant.currency, net_spent_minor / power(10::numeric, minor_units) AS spent,
           ntile(10) OVER (PARTITION BY tenant_id ORDER BY net_spent_minor DESC, customer_id) AS tenth
    FROM core.customer_total AS total
    JOIN ops.tenant USING (tenant_id)
    WHERE orders > 0 AND (net_spent_minor > 0 OR orders_without_rate = 0)
    ) AS ranked
) AS ranked
GROUP BY tenant, tenth
