-- Purpose: where LEO's profiles can be reached: e-mail, telephone, and the ids under which providers know them, in
-- their
-- canonical form; what is wrong with those that nothing may be sent to is told (core.push_address).
-- OFFSET 0 keeps the planner from reading the JSON of rows that did not pass.
-- Grain: one row a profile, channel and address. Parameters: none. Rerun: the caller has emptied the table.
INSERT INTO shaped_address (profile_id, channel, address, fault)
SELECT DISTINCT ON (profile_id, channel, address) profile_id, channel, address, fault
FROM (
    SELECT profile_id, 'email' AS channel, email AS address, NULL AS fault FROM shaped_profile
    UNION ALL
    SELECT profile_id, 'sms', phone, NULL FROM shaped_profile
    UNION ALL
    SELECT passed.profile_id, channel, judged.address, judged.fault
    FROM (
        SELECT shaped.profile_id, profile."notificationUserIds" AS ids
        FROM cdp_profile AS profile
        JOIN shaped_profile AS shaped USING (line)
        OFFSET 0
    ) AS passed
    CROSS JOIN LATERAL jsonb_each(passed.ids::jsonb) AS known (provider, ids)
    JOIN (VALUES
        ('firebase', 'mobile_push'), ('webpush', 'web_push'), ('zalo', 'zalo'), ('facebook', 'messenger')
    ) AS served (provider, channel) USING (provider)
    CROSS JOIN LATERAL jsonb_array_elements_text(
        CASE jsonb_typeof(known.ids) WHEN 'array' THEN known.ids ELSE '[]' END
    ) AS given
    CROSS JOIN LATERAL core.push_address(channel, given) AS judged
) AS found
WHERE address <> ''
ORDER BY profile_id, channel, address, fault
