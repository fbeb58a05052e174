WITH latest AS (
    SELECT DISTINCT ON (c.tenant_id, c.profile_id, c.channel) c.tenant_id, p.customer_id, c.channel, c.state
    FROM core.consent AS c
    JOIN core.profile AS p USING (tenant_id, profile_id)
    WHERE c.purpose = 'marketing'
    ORDER BY c.tenant_id, c.profile_id, c.channel, c.since DESC, c.consent_id DESC
)
SELECT named.channel, said.answer, count(*) FILTER (WHERE said.answer = CASE
    WHEN refused IS NOT NULL THEN 'Refused' WHEN agreed IS NOT NULL THEN 'Agreed' ELSE 'Not said' END) AS customers_total
FROM core.profile AS who
CROSS JOIN (VALUES ('email', 'E-mail'), ('sms', 'SMS'), ('zalo', 'Zalo'), ('messenger', 'Messenger'), ('mobile_push', 'Mobile push'),
    ('web_push', 'Web push')) AS named (code, channel)
CROSS JOIN unnest(ARRAY['Agreed', 'Refused', 'Not said']) AS said (answer)
LEFT JOIN LATERAL (
    SELECT true AS refused FROM latest
    WHERE latest.tenant_id = who.tenant_id AND latest.customer_id = who.customer_id
      AND latest.channel IN (named.code, 'any') AND latest.state = 'denied'
    LIMIT 1
) AS denied ON true
LEFT JOIN LATERAL (
    SELECT true AS agreed FROM latest
    WHERE latest.tenant_id = who.tenant_id AND latest.customer_id = who.customer_id
      AND latest.channel = named.code AND latest.state = 'granted'
    LIMIT 1
) AS granted ON true
WHERE who.is_primary AND who.deleted_at IS NULL
GROUP BY named.channel, said.answer
