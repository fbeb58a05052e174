SELECT report.channel_name(d.channel) AS channel, report.delivery_state(d.state) AS state, count(*) AS all_deliveries
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign'
GROUP BY 1, 2
