-- Purpose: record that consent to marketing on a channel was withdrawn, for every profile with one of the addresses.
-- Grain: one row a profile whose latest statement is not a refusal already.
-- Parameters: tenant_id, channel, key (of address hashes), source, and of equal length: addresses, evidence.
-- Rerun: writes nothing the second time.
INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since)
SELECT
    %(tenant_id)s, said.profile_id, %(channel)s, 'marketing', 'denied', 'consent withdrawn', said.evidence, %(source)s,
    clock_timestamp()
FROM (
    SELECT DISTINCT ON (address.profile_id) address.profile_id, told.evidence
    FROM unnest(%(addresses)s::text[], %(evidence)s::text[]) AS told (address, evidence)
    JOIN core.channel_address AS address
        ON address.tenant_id = %(tenant_id)s AND address.channel = %(channel)s
        AND address.address_hash = core.address_hash(%(channel)s, told.address, %(key)s)
    ORDER BY address.profile_id, told.evidence
) AS said
LEFT JOIN LATERAL (
    SELECT consent.state
    FROM core.consent
    WHERE consent.tenant_id = %(tenant_id)s AND consent.profile_id = said.profile_id
      AND consent.channel = %(channel)s AND consent.purpose = 'marketing'
    ORDER BY consent.since DESC, consent.consent_id DESC
    LIMIT 1
) AS latest ON true
WHERE latest.state IS DISTINCT FROM 'denied'
