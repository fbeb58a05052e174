SELECT tenant.name AS tenant,
       CASE WHEN NOT (net_spent_minor > 0 OR orders_without_rate = 0) THEN 'No rate into ' || tenant.currency
           WHEN spent < 1 THEN tenant.currency || ' under 1'
           ELSE tenant.currency || ' ' || btrim(to_char(low, '999,999,999,990')) || ' – ' || btrim(to_char(high, '999,999,999,990'))
       END AS band,
       count(*) AS buyers_total, sum(orders) AS orders_total,
       round(sum(spent), max(minor_units)) AS net_spend_total
FROM core.customer_total
JOIN ops.tenant USING (tenant_id)
CROSS JOIN LATERAL (SELECT net_spent_minor / power(10::numeric, minor_units) AS spent) AS told
LEFT JOIN (
    SELECT one * power(10::numeric, exponent) AS low, next * power(10::numeric, exponent) AS high
    FROM generate_series(0, 11) AS exponent
    CROSS JOIN (VALUES (1, 3), (3, 10)) AS step (one, next)
) AS band ON spent >= low AND spent < high
WHERE orders > 0
GROUP BY 1, 2
