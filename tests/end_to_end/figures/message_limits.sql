SELECT t.name AS tenant, 'All campaigns' AS holds_for,
       CASE cap ->> 'channel' WHEN 'any' THEN 'All together' ELSE report.channel_name(cap ->> 'channel') END AS channel,
       (cap ->> 'count')::integer AS messages, (cap ->> 'days')::integer AS days,
       regexp_replace(coalesce(cap -> 'law' ->> 'act', cap ->> 'reason'), '^more', 'More') AS because
FROM ops.tenant AS t
LEFT JOIN activation.tenant_policy AS p ON p.tenant_id = t.tenant_id
    AND p.version = (SELECT max(version) FROM activation.tenant_policy AS other WHERE other.tenant_id = t.tenant_id)
CROSS JOIN LATERAL jsonb_array_elements(coalesce(
    p.rules -> 'caps',
    '[{"channel": "any", "count": 4, "days": 7, "reason": "more than a few offers a week make people leave"}]')) AS cap
