SELECT t.name AS tenant, report.campaign_name(c.name) AS campaign,
       coalesce(report.in_words(l.compared_with), 'Nobody') AS compared_with,
       CASE WHEN l.people IS NULL THEN 'Cannot be told: nobody was kept out'
           WHEN known.at IS NULL OR known.at < l.ends_at THEN 'Too early'
           WHEN l.people < 30 OR l.other_people < 30 THEN 'Too few people'
           WHEN l.lift_low <= 0 AND l.lift_high >= 0 THEN 'Can be chance'
           WHEN l.lift > 0 THEN 'More bought' ELSE 'Fewer bought' END AS verdict,
       coalesce(to_char(l.ends_at AT TIME ZONE t.time_zone, 'YYYY-MM-DD HH24:MI'), 'No end') AS orders_until,
       to_char(l.buyers * 100::float / l.people, 'FM990.0') || ' % of ' || l.people AS bought_of,
       to_char(l.other_buyers * 100::float / l.other_people, 'FM990.0') || ' % of ' || l.other_people AS other_bought_of,
       l.lift, to_char(l.lift_low * 100, 'FMSG990.0') || ' % to ' || to_char(l.lift_high * 100, 'FMSG990.0') || ' %' AS lift_interval,
       'Open' AS link
FROM activation.campaign AS c
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN LATERAL activation.lift_of(c.tenant_id, c.campaign_id) AS l ON true
LEFT JOIN LATERAL (
    SELECT max(s.started_at) AS at FROM ops.sync_run AS s WHERE s.tenant_id = c.tenant_id AND s.state = 'projected'
) AS known ON true
WHERE (c.tenant_id, c.campaign_id) IN (SELECT tenant_id, campaign_id FROM activation.run WHERE kind = 'campaign')
