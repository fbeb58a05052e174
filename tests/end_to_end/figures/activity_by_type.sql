SELECT tenant.name AS tenant, report.in_words(event_type) AS event_type,
       CASE WHEN value_minor IS NULL THEN '' ELSE event.currency END AS currency, count(*) AS events_total,
       sum(value_minor) / power(10, max(CASE event.currency WHEN 'VND' THEN 0 ELSE 2 END)) AS value_total
FROM core.event
JOIN ops.tenant USING (tenant_id)
GROUP BY 1, 2, 3
