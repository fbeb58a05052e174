SELECT report.in_words(category) AS category, report.in_words(event_type) AS event_type, count(*) AS events_total
FROM core.event
JOIN core.product USING (tenant_id, product_id)
WHERE event_type IN ('view', 'add_to_cart', 'purchase') AND category IS NOT NULL
GROUP BY 1, 2
