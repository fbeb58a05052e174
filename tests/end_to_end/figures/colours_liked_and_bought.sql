SELECT report.in_words(color) AS colour, sum(liked) AS liked_total, sum(bought) AS bought_total
FROM (
    SELECT topic AS color, count(*) AS liked, 0 AS bought
    FROM profile.interest
    WHERE topic_type = 'color' AND is_primary
    GROUP BY topic
    UNION ALL
    SELECT color, 0, count(DISTINCT (tenant_id, customer_id))
    FROM core.order_item
    WHERE net_quantity > 0 AND color IS NOT NULL
    GROUP BY color
) AS told
GROUP BY color
