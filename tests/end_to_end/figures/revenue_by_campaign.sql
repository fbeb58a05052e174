SELECT t.name AS tenant, report.campaign_name(known.name) AS campaign, known.sent_by, t.currency, count(o.source_ref) AS order_count,
       coalesce(sum(o.value_minor), 0) / power(10, t.minor_units) AS revenue_kept
FROM (
    SELECT tenant_id, campaign_id, name, 'Here' AS sent_by
    FROM activation.campaign
    WHERE (tenant_id, campaign_id) IN (SELECT tenant_id, campaign_id FROM activation.run WHERE kind = 'campaign')
    UNION ALL
    SELECT tenant_id, campaign_id, name, 'The shop itself'
    FROM core.campaign
    WHERE (tenant_id, campaign_id) NOT IN (SELECT tenant_id, campaign_id FROM activation.campaign)
) AS known
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN core.campaign_touch AS o
    ON o.tenant_id = known.tenant_id AND o.campaign_id = known.campaign_id AND o.exposure = 'converted'
GROUP BY t.tenant_id, known.campaign_id, known.name, known.sent_by
HAVING known.sent_by = 'Here' OR count(o.source_ref) > 0
