SELECT date_trunc('day', d.state_changed_at AT TIME ZONE t.time_zone) AS day, report.channel_name(d.channel) AS channel,
       count(*) AS sent_messages
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
JOIN ops.tenant AS t USING (tenant_id)
WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.state = 'accepted'
GROUP BY 1, 2
