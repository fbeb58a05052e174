-- Purpose: record that consent to marketing on a channel was withdrawn, for every profile with the address.
-- Grain: one row a profile whose latest statement is not a refusal already.
-- Parameters: tenant_id, profile_id (whom the message was for), channel, address_hash, evidence, source.
-- Rerun: writes nothing the second time.
INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since)
SELECT
    %(tenant_id)s, profile.profile_id, %(channel)s, 'marketing', 'denied', 'consent withdrawn', %(evidence)s, %(source)s,
    clock_timestamp()
FROM core.profile
LEFT JOIN LATERAL (
    SELECT consent.state
    FROM core.consent
    WHERE consent.tenant_id = %(tenant_id)s AND consent.profile_id = profile.profile_id
      AND consent.channel = %(channel)s AND consent.purpose = 'marketing'
    ORDER BY consent.since DESC, consent.consent_id DESC
    LIMIT 1
) AS latest ON true
WHERE profile.tenant_id = %(tenant_id)s AND profile.profile_id IN (
    SELECT %(profile_id)s
    UNION
    SELECT address.profile_id
    FROM core.channel_address AS address
    WHERE address.tenant_id = %(tenant_id)s AND address.channel = %(channel)s
      AND address.address_hash = %(address_hash)s
) AND latest.state IS DISTINCT FROM 'denied'
