SELECT report.channel_name(d.channel) AS channel, count(*) FILTER (WHERE d.opened_by_people > 0) AS opened_messages,
       count(*) FILTER (WHERE d.opened_by_people = 0 AND d.opened_by_machines > 0) AS machine_opened_messages,
       count(*) FILTER (WHERE d.clicked_by_people > 0) AS clicked_messages
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
GROUP BY 1
