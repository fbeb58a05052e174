SELECT count(*) AS priced_messages
FROM activation.delivery AS d
JOIN activation.run AS r USING (tenant_id, campaign_run_id)
WHERE d.recipient_kind = 'customer' AND r.kind = 'campaign' AND d.state = 'accepted' AND (
    d.cost_minor > 0
    OR (SELECT v.definition #> '{policy,cost_minor}' ? d.channel FROM activation.campaign_version AS v
        WHERE v.tenant_id = d.tenant_id AND v.campaign_id = r.campaign_id AND v.version = r.version)
    OR (SELECT jsonb_path_exists(p.rules, '$.costs[*] ? (@.channel == $channel)', jsonb_build_object('channel', d.channel))
            OR jsonb_path_exists(p.rules, '$.routes[*] ? (@.rule == $rule && @.price_minor != null)', jsonb_build_object('rule', d.rule))
        FROM activation.tenant_policy AS p
        WHERE p.tenant_id = d.tenant_id AND p.version = d.policy_version)
) IS TRUE
