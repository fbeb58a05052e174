SELECT t.name AS tenant, report.campaign_name(c.name) AS campaign, coalesce(d.variant, 'One form') AS variant,
       report.channel_name(d.channel) AS channel, count(*) FILTER (WHERE d.state = 'accepted') AS messages_out,
       count(*) FILTER (WHERE 'delivered' = ANY (d.kinds))::float / nullif(count(*) FILTER (WHERE d.state = 'accepted'), 0)
           AS confirmed_share,
       count(*) FILTER (WHERE d.for_good > 0) AS hard_bounces,
       count(*) FILTER (WHERE d.opened_by_people > 0) AS opened_messages,
       count(*) FILTER (WHERE d.clicked_by_people > 0) AS clicked_messages,
       count(*) FILTER (WHERE d.clicked_by_people > 0)::float / nullif(count(*) FILTER (WHERE d.state = 'accepted'), 0)
           AS clicked_share,
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
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
JOIN ops.tenant AS t USING (tenant_id)
GROUP BY 1, 2, 3, 4
