-- Purpose: what LEO says of consent now. 1 agreed, -1 rejected; the default 0 is unknown and leaves no row. LEO has no
-- flag for profiling: personalised advertising needs it, so receiveAds speaks for it.
-- Grain: one row a profile, channel and purpose. Parameters: none. Rerun: the caller has emptied the table.
INSERT INTO shaped_consent (profile_id, channel, purpose, state, evidence, since)
SELECT _key, channel, purpose, CASE flag WHEN '1' THEN 'granted' ELSE 'denied' END, field, shaped.source_updated_at
FROM cdp_profile AS profile
JOIN shaped_profile AS shaped USING (line)
CROSS JOIN LATERAL (VALUES
    ('email', 'marketing', 'receiveEmail', "receiveEmail"),
    ('sms', 'marketing', 'receiveSMS', "receiveSMS"),
    ('web_push', 'marketing', 'receiveWebPush', "receiveWebPush"),
    ('mobile_push', 'marketing', 'receiveAppPush', "receiveAppPush"),
    ('any', 'profiling', 'receiveAds', "receiveAds")
) AS stated (channel, purpose, field, flag)
WHERE flag IN ('1', '-1')
