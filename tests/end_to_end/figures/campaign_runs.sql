SELECT t.name AS tenant, report.campaign_name(c.name) AS campaign, report.in_words(r.state) AS state, 'Open' AS link,
       count(DISTINCT r.campaign_run_id) AS run_count,
       sum(matched.people)::bigint AS run_matched, sum(let_through.people)::bigint AS run_to_send,
       sum(went.accepted)::bigint AS run_sent, sum(went.rejected)::bigint AS run_refused, sum(went.unknown)::bigint AS run_unknown,
       sum(went.open)::bigint AS run_waiting
FROM activation.run AS r
JOIN activation.campaign AS c USING (tenant_id, campaign_id)
JOIN ops.tenant AS t USING (tenant_id)
JOIN (SELECT tenant_id, campaign_run_id, kept AS people FROM activation.audience_step WHERE position = 1) AS matched
    USING (tenant_id, campaign_run_id)
JOIN (
    SELECT DISTINCT ON (tenant_id, campaign_run_id) tenant_id, campaign_run_id, kept AS people
    FROM activation.audience_step
    ORDER BY tenant_id, campaign_run_id, position DESC
) AS let_through USING (tenant_id, campaign_run_id)
JOIN (
    SELECT tenant_id, campaign_run_id, count(*) FILTER (WHERE state = 'accepted') AS accepted,
           count(*) FILTER (WHERE state = 'rejected') AS rejected, count(*) FILTER (WHERE state = 'unknown') AS unknown,
           count(*) FILTER (WHERE state IN ('planned', 'ready', 'claimed', 'sending', 'retry')) AS open
    FROM activation.delivery
    WHERE recipient_kind = 'customer'
    GROUP BY tenant_id, campaign_run_id
) AS went USING (tenant_id, campaign_run_id)
WHERE r.kind = 'campaign'
GROUP BY 1, 2, 3, c.campaign_id
