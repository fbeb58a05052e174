SELECT t.name AS tenant, report.campaign_name(c.name) AS campaign,
       CASE WHEN c.paused_at IS NOT NULL AND c.state IN ('draft', 'ready', 'in_review', 'approved') THEN 'Paused'
           ELSE report.in_words(c.state) END AS state,
       array_to_string(ARRAY(SELECT report.channel_name(channel) FROM unnest(c.channels) AS channel), ', ') AS channels,
       report.in_words(c.schedule ->> 'kind') AS schedule, (c.policy ->> 'holdout_share')::float AS holdout_share,
       CASE c.policy -> 'caps' WHEN '[]' THEN 'Only the tenant''s' ELSE (
           SELECT string_agg(format(
               '%s in %s days, %s', cap ->> 'count', cap ->> 'days',
               CASE cap ->> 'channel' WHEN 'any' THEN 'all channels' ELSE report.channel_name(cap ->> 'channel') END),
               '; ' ORDER BY (cap ->> 'days')::integer, cap ->> 'channel')
           FROM jsonb_array_elements(c.policy -> 'caps') AS cap) END AS caps,
       count(r.campaign_run_id) AS runs,
       coalesce(to_char(max(r.planned_at) AT TIME ZONE t.time_zone, 'YYYY-MM-DD HH24:MI'), 'Not yet') AS newest_run,
       coalesce((
           SELECT report.in_words(i.act) || ': ' || report.masked(i.reason)
           FROM activation.intervention AS i
           WHERE i.tenant_id = c.tenant_id AND i.campaign_id = c.campaign_id
           ORDER BY i.intervention_id DESC
           LIMIT 1), 'None') AS newest_intervention,
       'Open' AS link
FROM activation.campaign AS c
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN activation.run AS r ON r.tenant_id = c.tenant_id AND r.campaign_id = c.campaign_id AND r.kind = 'campaign'
GROUP BY t.tenant_id, c.tenant_id, c.campaign_id
