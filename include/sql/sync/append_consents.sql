-- Purpose: append what the source says of consent where it differs from what it said last; other sources' statements (an
-- unsubscription) are neither compared nor outdone by a repetition. A flag that went back to its default is 'unknown'.
-- Grain: one row a change. Parameters: tenant_id. Rerun: finds no difference.
INSERT INTO core.consent (tenant_id, profile_id, channel, purpose, state, legal_basis, evidence, source, since)
SELECT
    %(tenant_id)s,
    profile_id,
    channel,
    purpose,
    coalesce(read.state, 'unknown'),
    'consent',
    coalesce(read.evidence, last.evidence),
    'leo_cdp',
    -- A flag can change without updatedAt: a later statement never dates before the one that it replaces.
    greatest(read.since, last.since, shaped.source_created_at)
FROM shaped_consent AS read
FULL JOIN (
    SELECT DISTINCT ON (profile_id, channel, purpose) profile_id, channel, purpose, state, evidence, since
    FROM core.consent
    WHERE tenant_id = %(tenant_id)s AND source = 'leo_cdp'
    ORDER BY profile_id, channel, purpose, since DESC, consent_id DESC
) AS last USING (profile_id, channel, purpose)
JOIN shaped_profile AS shaped USING (profile_id)
WHERE coalesce(read.state, 'unknown') <> coalesce(last.state, 'unknown')
