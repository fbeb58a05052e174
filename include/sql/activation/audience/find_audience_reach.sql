-- Purpose: the address of each person of an audience on each channel of a campaign, with what was heard of it: one that is
--          not suppressed before one that is, the primary profile's before another's, the one used last, the first by
--          its letters.
-- Grain: one row a person and channel on which they have an address.
-- Parameters: tenant_id, channels, purpose; reads audience_person.
-- Rerun: fills a temporary table of this transaction.
INSERT INTO audience_reach (
    customer_id, channel, profile_id, address, address_hash, is_suppressed, last_interaction_at, last_referral_at, follows,
    subscribed_until)
SELECT DISTINCT ON (person.customer_id, address.channel)
    person.customer_id, address.channel, address.profile_id, address.address, address.address_hash,
    suppressed.reason IS NOT NULL, heard.last_interaction_at, heard.last_referral_at, heard.follows, heard.subscribed_until
FROM audience_person AS person
JOIN core.profile
    ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = person.customer_id AND profile.deleted_at IS NULL
JOIN core.channel_address AS address
    ON address.tenant_id = %(tenant_id)s AND address.profile_id = profile.profile_id AND address.state = 'active'
    AND address.channel = ANY (%(channels)s::text[])
LEFT JOIN LATERAL activation.suppression_of(
    %(tenant_id)s, address.channel, address.address_hash, %(purpose)s) AS suppressed ON true
LEFT JOIN activation.standing AS heard
    ON heard.tenant_id = %(tenant_id)s AND heard.channel = address.channel AND heard.address_hash = address.address_hash
ORDER BY
    person.customer_id, address.channel, suppressed.reason IS NOT NULL, profile.is_primary DESC,
    address.last_interaction_at DESC NULLS LAST, address.address COLLATE "C"
