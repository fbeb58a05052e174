-- Purpose: on which channels a marketing message would reach how many of the customers: an active address that is not
--          suppressed, and consent for the channel (or the tenant's own basis where nothing is recorded).
-- Grain: one row a channel on which the tenant has addresses.
-- Parameters: tenant_id, customer_ids.
-- Rerun: reads only.
WITH asked AS MATERIALIZED (
    SELECT profile.customer_id, address.channel
    FROM unnest(%(customer_ids)s::text[]) AS asked (customer_id)
    JOIN core.profile AS profile
        ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = asked.customer_id
        AND profile.deleted_at IS NULL
    JOIN core.channel_address AS address
        ON address.tenant_id = %(tenant_id)s AND address.profile_id = profile.profile_id AND address.state = 'active'
    WHERE NOT EXISTS (
        SELECT FROM activation.suppression_of(%(tenant_id)s, address.channel, address.address_hash, 'marketing')
    )
    GROUP BY profile.customer_id, address.channel
)
SELECT known.channel, count(asked.customer_id) FILTER (
    WHERE consent.granted OR (NOT consent.recorded AND tenant.consent_basis IS NOT NULL)
)
FROM (SELECT DISTINCT channel FROM core.channel_address WHERE tenant_id = %(tenant_id)s) AS known
JOIN ops.tenant AS tenant ON tenant.tenant_id = %(tenant_id)s
LEFT JOIN asked ON asked.channel = known.channel
LEFT JOIN LATERAL activation.consent_of(%(tenant_id)s, asked.customer_id, asked.channel, 'marketing') AS consent ON true
GROUP BY known.channel
ORDER BY known.channel
