-- Purpose: by what a customer could be sent marketing on a channel, in numbers: no address is read out.
-- Grain: one row: active addresses, how many of them are suppressed, whether consent was recorded and is granted, and
--        whether the tenant has a basis of its own.
-- Parameters: tenant_id, customer_id, channel.
-- Rerun: reads only.
SELECT
    count(address.address_hash),
    count(address.address_hash) FILTER (WHERE EXISTS (
        SELECT FROM activation.suppression_of(%(tenant_id)s, %(channel)s, address.address_hash, 'marketing')
    )),
    bool_or(consent.recorded),
    bool_or(consent.granted),
    bool_or(tenant.consent_basis IS NOT NULL)
FROM ops.tenant AS tenant
CROSS JOIN LATERAL activation.consent_of(%(tenant_id)s, %(customer_id)s, %(channel)s, 'marketing') AS consent
LEFT JOIN core.profile AS profile
    ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = %(customer_id)s AND profile.deleted_at IS NULL
LEFT JOIN core.channel_address AS address
    ON address.tenant_id = %(tenant_id)s AND address.profile_id = profile.profile_id
    AND address.channel = %(channel)s AND address.state = 'active'
WHERE tenant.tenant_id = %(tenant_id)s
