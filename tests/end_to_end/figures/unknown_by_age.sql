SELECT band.age, report.channel_name(asked.channel) AS channel, count(d.delivery_id) AS unknown_now
FROM (SELECT DISTINCT tenant_id, unnest(channels) AS channel FROM activation.campaign) AS asked
CROSS JOIN (VALUES
    ('1 under an hour', interval '0', interval '1 hour'), ('2 under a day', interval '1 hour', interval '1 day'),
    ('3 under three days', interval '1 day', interval '3 days'), ('4 three days and more', interval '3 days', interval '99 years')
) AS band (age, since, until)
LEFT JOIN (
    SELECT d.tenant_id, d.channel, d.delivery_id, now() - d.state_changed_at AS old
    FROM activation.delivery AS d
    JOIN activation.run AS r USING (tenant_id, campaign_run_id)
    WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.state = 'unknown'
) AS d ON d.tenant_id = asked.tenant_id AND d.channel = asked.channel AND d.old >= band.since AND d.old < band.until
GROUP BY 1, 2
