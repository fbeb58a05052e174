SELECT count(*) AS buyers_total FROM core.customer_total WHERE orders > 0
