SELECT tenant.name AS tenant, named.channel, count(r.channel) FILTER (WHERE has_address) AS with_address_total,
       count(r.channel) FILTER (WHERE has_address AND has_consent) AS reachable_total,
       count(r.channel) FILTER (WHERE has_address AND has_consent)::float
           / nullif(count(r.channel) FILTER (WHERE has_address), 0) AS reachable_share
FROM ops.tenant
CROSS JOIN (VALUES ('email', 'E-mail'), ('sms', 'SMS'), ('zalo', 'Zalo'), ('messenger', 'Messenger'), ('mobile_push', 'Mobile push'),
    ('web_push', 'Web push')) AS named (code, channel)
LEFT JOIN core.reachability AS r ON r.channel = named.code AND r.tenant_id = tenant.tenant_id
GROUP BY tenant.name, named.channel
