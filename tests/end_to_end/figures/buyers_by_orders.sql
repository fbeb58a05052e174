SELECT CASE WHEN orders = 1 THEN '1 order' WHEN orders < 5 THEN orders || ' orders' ELSE '5 or more' END AS orders_each,
       count(*) AS buyers_total
FROM core.customer_total WHERE orders > 0
GROUP BY 1
