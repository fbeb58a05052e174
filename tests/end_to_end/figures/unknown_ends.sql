SELECT how.name AS how, report.channel_name(asked.channel) AS channel, count(d.delivery_id) AS unknown_ends
FROM (
    SELECT DISTINCT c.tenant_id, unnest(c.channels) AS channel
    FROM activation.campaign AS c
    JOIN activation.run AS ran USING (tenant_id, campaign_id)
    WHERE ran.kind = 'campaign'
) AS asked
CROSS JOIN (VALUES
    ('The provider told later', 'event', false), ('Found in the provider''s log', 'log', false),
    ('Nothing within 72 hours', 'deadline', true), ('Still waited for', '', true)
) AS how (name, settled_by, is_unknown)
LEFT JOIN (
    SELECT d.tenant_id, d.channel, d.delivery_id, coalesce(nullif(d.settled_by, 'answer'), '') AS settled_by,
           d.state = 'unknown' AS is_unknown
    FROM activation.delivery AS d
    JOIN activation.run AS r USING (tenant_id, campaign_run_id)
    WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign'
) AS d ON d.tenant_id = asked.tenant_id AND d.channel = asked.channel AND d.settled_by = how.settled_by
    AND d.is_unknown = how.is_unknown
GROUP BY 1, 2
