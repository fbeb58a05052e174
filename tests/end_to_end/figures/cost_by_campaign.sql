SELECT tenant, campaign, channel, price, currency, count(*) FILTER (WHERE state = 'accepted') AS billed_messages,
       CASE WHEN price = 'No price set' OR count(*) FILTER (WHERE state = 'accepted') = 0 THEN 'Not known'
           ELSE rtrim(to_char(sum(cost) FILTER (WHERE state = 'accepted'), 'FM999,999,999,990.99'), '.') END AS cost_known,
       count(*) FILTER (WHERE state = 'unknown') AS uncertain_count
FROM (
    SELECT t.name AS tenant, c.campaign_id, report.campaign_name(c.name) AS campaign, report.channel_name(d.channel) AS channel,
           CASE WHEN (
               d.cost_minor > 0
               OR (SELECT v.definition #> '{policy,cost_minor}' ? d.channel FROM activation.campaign_version AS v
                   WHERE v.tenant_id = d.tenant_id AND v.campaign_id = r.campaign_id AND v.version = r.version)
               OR (SELECT jsonb_path_exists(p.rules, '$.costs[*] ? (@.channel == $channel)', jsonb_build_object('channel', d.channel))
                       OR jsonb_path_exists(p.rules, '$.routes[*] ? (@.rule == $rule && @.price_minor != null)', jsonb_build_object('rule', d.rule))
                   FROM activation.tenant_policy AS p
                   WHERE p.tenant_id = d.tenant_id AND p.version = d.policy_version)
           ) IS TRUE THEN 'Price known' ELSE 'No price set' END AS price,
           t.currency, d.state, d.cost_minor / power(10, t.minor_units)::numeric AS cost
    FROM activation.delivery AS d
    JOIN activation.run AS r USING (tenant_id, campaign_run_id)
    JOIN activation.campaign AS c USING (tenant_id, campaign_id)
    JOIN ops.tenant AS t USING (tenant_id)
    WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.state IN ('accepted', 'unknown')
) AS message
GROUP BY 1, 2, 3, 4, 5, campaign_id
