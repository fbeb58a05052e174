SELECT report.mailbox_of(d.domain) AS mailbox, count(*) FILTER (WHERE d.state = 'accepted') AS messages_out,
       count(*) FILTER (WHERE d.for_good > 0) AS hard_bounces,
       count(*) FILTER (WHERE 'bounced' = ANY (d.kinds) AND d.for_good = 0) AS soft_bounces,
       count(*) FILTER (WHERE d.kinds && '{blocked,dropped}') AS blocked_messages,
       count(*) FILTER (WHERE 'bounced' = ANY (d.kinds))::float / nullif(count(*) FILTER (WHERE d.state = 'accepted'), 0)
           AS bounced_share,
       count(*) FILTER (WHERE 'complained' = ANY (d.kinds)) AS complaints,
       count(*) FILTER (WHERE 'unsubscribed' = ANY (d.kinds)) AS unsubscribes
FROM (
    SELECT d.*, r.campaign_id, told.kinds, told.opened_by_people, told.opened_by_machines, told.clicked_by_people, told.for_good
    FROM activation.delivery AS d
    JOIN activation.run AS r USING (tenant_id, campaign_run_id)
    CROSS JOIN LATERAL (
        SELECT coalesce(array_agg(e.kind), '{}') AS kinds, count(*) FILTER (WHERE e.kind = 'opened' AND NOT e.by_machine) AS opened_by_people,
               count(*) FILTER (WHERE e.kind = 'opened' AND e.by_machine) AS opened_by_machines,
               count(*) FILTER (WHERE e.kind = 'clicked' AND NOT e.by_machine) AS clicked_by_people,
               count(*) FILTER (WHERE e.kind = 'bounced' AND e.permanent) AS for_good
        FROM activation.provider_event AS e
        WHERE e.tenant_id = d.tenant_id AND e.delivery_id = d.delivery_id
    ) AS told
    WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.state IN ('accepted', 'rejected', 'unknown')
) AS d
WHERE d.channel = 'email'
GROUP BY 1
