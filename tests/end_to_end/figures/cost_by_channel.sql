SELECT report.channel_name(d.channel) AS channel, t.name || ', ' || t.currency AS tenant_currency,
       coalesce(sum(d.cost_minor) FILTER (WHERE d.state = 'accepted'), 0) / power(10, t.minor_units) AS cost_sum
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
JOIN ops.tenant AS t USING (tenant_id)
WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.state IN ('accepted', 'unknown')
GROUP BY t.tenant_id, d.channel
