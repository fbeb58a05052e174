-- Purpose: record that consent to marketing was withdrawn by a complaint or by unsubscribing at the provider, for every
-- profile with the address.
-- Grain: one row a profile and channel whose latest statement is not a refusal already.
-- Parameters: tenant_id, provider, event_ids.
-- Rerun: writes nothing the second time.
INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since)
WITH said AS MATERIALIZED (
    SELECT DISTINCT ON (delivery.channel, delivery.address_hash, delivery.profile_id)
        delivery.channel, delivery.address_hash, delivery.profile_id, delivery.delivery_id, event.kind
    FROM activation.provider_event AS event
    JOIN activation.delivery USING (tenant_id, delivery_id)
    WHERE event.tenant_id = %(tenant_id)s AND event.provider = %(provider)s
      AND event.provider_event_id = ANY (%(event_ids)s) AND event.kind IN ('complained', 'unsubscribed')
      AND delivery.address_hash IS NOT NULL
    ORDER BY delivery.channel, delivery.address_hash, delivery.profile_id, event.kind, delivery.delivery_id
), concerned AS (
    SELECT said.profile_id, said.channel, said.kind, said.delivery_id FROM said
    UNION ALL
    SELECT address.profile_id, said.channel, said.kind, said.delivery_id
    FROM said
    JOIN core.channel_address AS address
        ON address.tenant_id = %(tenant_id)s AND address.channel = said.channel
        AND address.address_hash = said.address_hash
), withdrawn AS (
    SELECT DISTINCT ON (profile_id, channel) profile_id, channel, kind, delivery_id
    FROM concerned
    ORDER BY profile_id, channel, kind, delivery_id
)
SELECT
    %(tenant_id)s, profile.profile_id, withdrawn.channel, 'marketing', 'denied', 'consent withdrawn',
    withdrawn.kind || ', delivery ' || withdrawn.delivery_id, 'event of ' || %(provider)s, clock_timestamp()
FROM withdrawn
JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = withdrawn.profile_id
LEFT JOIN LATERAL (
    SELECT consent.state
    FROM core.consent
    WHERE consent.tenant_id = %(tenant_id)s AND consent.profile_id = profile.profile_id
      AND consent.channel = withdrawn.channel AND consent.purpose = 'marketing'
    ORDER BY consent.since DESC, consent.consent_id DESC
    LIMIT 1
) AS latest ON true
WHERE latest.state IS DISTINCT FROM 'denied'
