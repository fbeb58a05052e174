SELECT count(*) AS orders_total FROM core.order WHERE net_quantity > 0
