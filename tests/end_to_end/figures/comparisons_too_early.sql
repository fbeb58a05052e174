SELECT count(*) AS too_early
FROM activation.campaign AS c
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN LATERAL activation.lift_of(c.tenant_id, c.campaign_id) AS l ON true
LEFT JOIN LATERAL (
    SELECT max(s.started_at) AS at FROM ops.sync_run AS s WHERE s.tenant_id = c.tenant_id AND s.state = 'projected'
) AS known ON true
WHERE (c.tenant_id, c.campaign_id) IN (SELECT tenant_id, campaign_id FROM activation.run WHERE kind = 'campaign')
  AND l.people IS NOT NULL AND (known.at IS NULL OR known.at < l.ends_at)
