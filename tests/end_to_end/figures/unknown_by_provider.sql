SELECT t.name AS tenant, report.channel_name(asked.channel) AS channel, coalesce(d.provider, 'None') AS provider,
       count(d.delivery_id) AS unknown_now, count(*) FILTER (WHERE d.old >= interval '1 day') AS unknown_over_a_day,
       count(*) FILTER (WHERE d.settled_by = 'deadline') AS unknown_past_deadline
FROM (SELECT DISTINCT tenant_id, unnest(channels) AS channel FROM activation.campaign) AS asked
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN (
    SELECT d.tenant_id, d.channel, d.delivery_id, d.settled_by, now() - d.state_changed_at AS old,
           coalesce((array_agg(a.provider ORDER BY a.fence DESC))[1], 'Not recorded') AS provider
    FROM activation.delivery AS d
    JOIN activation.run AS r USING (tenant_id, campaign_run_id)
    JOIN activation.attempt AS a USING (tenant_id, delivery_id)
    WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.state = 'unknown'
    GROUP BY d.tenant_id, d.delivery_id
) AS d ON d.tenant_id = asked.tenant_id AND d.channel = asked.channel
GROUP BY 1, 2, 3
