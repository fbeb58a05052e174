-- Purpose: activation.consent_of for everybody of an audience at once: the latest statement of each profile, of deleted
--          ones too, and the strictest of them.
-- Grain: one row a person and channel on which there is a statement.
-- Parameters: tenant_id, channels, purpose; reads audience_person.
-- Rerun: fills a temporary table of this transaction.
INSERT INTO audience_consent (customer_id, channel, is_granted)
WITH stated AS MATERIALIZED (
    SELECT DISTINCT ON (consent.profile_id, consent.channel) person.customer_id, consent.channel, consent.state
    FROM audience_person AS person
    JOIN core.profile ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = person.customer_id
    JOIN core.consent
        ON consent.tenant_id = %(tenant_id)s AND consent.profile_id = profile.profile_id
        AND consent.purpose = %(purpose)s
    WHERE consent.channel = 'any' OR consent.channel = ANY (%(channels)s::text[])
    ORDER BY consent.profile_id, consent.channel, consent.since DESC, consent.consent_id DESC
)
SELECT
    stated.customer_id, asked.channel,
    bool_and(stated.state = 'granted') AND bool_or(stated.channel = asked.channel)
FROM stated
JOIN unnest(%(channels)s::text[]) AS asked (channel) ON stated.channel IN ('any', asked.channel)
GROUP BY stated.customer_id, asked.channel
