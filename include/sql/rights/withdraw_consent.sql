-- Purpose: record that consent for a purpose was withdrawn; statements are only ever added.
-- Grain: one row a profile whose latest statement is not a refusal already. Parameters: tenant_id, profiles, channel (any:
-- every channel), purpose, evidence. Rerun: writes nothing the second time.
INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since)
SELECT
    %(tenant_id)s, own.profile_id, %(channel)s, %(purpose)s, 'denied', 'consent withdrawn', %(evidence)s, 'rights_request',
    clock_timestamp()
FROM unnest(%(profiles)s::text[]) AS own (profile_id)
LEFT JOIN LATERAL (
    SELECT consent.state
    FROM core.consent
    WHERE consent.tenant_id = %(tenant_id)s AND consent.profile_id = own.profile_id
      AND consent.channel = %(channel)s AND consent.purpose = %(purpose)s
    ORDER BY consent.since DESC, consent.consent_id DESC
    LIMIT 1
) AS latest ON true
WHERE latest.state IS DISTINCT FROM 'denied'
