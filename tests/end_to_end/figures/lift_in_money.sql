SELECT t.name AS tenant, report.campaign_name(c.name) AS campaign,
       coalesce(report.in_words(l.compared_with), 'Nobody') AS compared_with,
       CASE WHEN l.people IS NULL THEN 'Cannot be told: nobody was kept out'
           WHEN known.at IS NULL OR known.at < l.ends_at THEN 'Too early'
           WHEN l.people < 30 OR l.other_people < 30 THEN 'Too few people'
           WHEN l.lift_low <= 0 AND l.lift_high >= 0 THEN 'Can be chance'
           WHEN l.lift > 0 THEN 'More bought' ELSE 'Fewer bought' END AS verdict,
       t.currency, coalesce(l.revenue_minor, 0) / money.unit AS revenue, coalesce(l.other_revenue_minor, 0) / money.unit AS other_revenue,
       l.revenue_lift_minor / money.unit AS revenue_lift, l.revenue_lift_low_minor / money.unit AS revenue_lift_low,
       l.revenue_lift_high_minor / money.unit AS revenue_lift_high
FROM activation.campaign AS c
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN LATERAL activation.lift_of(c.tenant_id, c.campaign_id) AS l ON true
LEFT JOIN LATERAL (
    SELECT max(s.started_at) AS at FROM ops.sync_run AS s WHERE s.tenant_id = c.tenant_id AND s.state = 'projected'
) AS known ON true
CROSS JOIN LATERAL (SELECT power(10, t.minor_units) AS unit) AS money
WHERE (c.tenant_id, c.campaign_id) IN (SELECT tenant_id, campaign_id FROM activation.run WHERE kind = 'campaign')
