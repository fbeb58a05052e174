SELECT named.channel, count(*) FILTER (WHERE has_address AND has_consent) AS reachable_total,
       count(*) FILTER (WHERE has_address AND NOT has_consent) AS without_consent_total,
       count(*) FILTER (WHERE has_consent AND NOT has_address) AS without_address_total
FROM (VALUES ('email', 'E-mail'), ('sms', 'SMS'), ('zalo', 'Zalo'), ('messenger', 'Messenger'), ('mobile_push', 'Mobile push'),
    ('web_push', 'Web push')) AS named (code, channel)
LEFT JOIN core.reachability AS r ON r.channel = named.code
GROUP BY named.channel
