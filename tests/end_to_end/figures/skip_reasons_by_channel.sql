SELECT report.channel_name(d.channel) AS channel, report.why_not(d.skip_reason) AS why_not, count(*) AS not_written_to
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.skip_reason IS NOT NULL
GROUP BY 1, 2
