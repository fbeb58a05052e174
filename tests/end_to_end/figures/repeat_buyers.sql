SELECT count(*) FILTER (WHERE orders > 1)::float / count(*) AS repeat_share FROM core.customer_total WHERE orders > 0
