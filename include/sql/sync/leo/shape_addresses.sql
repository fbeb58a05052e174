-- Purpose: where LEO's profiles can be reached: e-mail, telephone, and the ids under which providers know them.
-- OFFSET 0 keeps the planner from reading the JSON of rows that did not pass.
-- Grain: one row a profile, channel and address. Rerun: the caller has emptied the table.
INSERT INTO shaped_address (profile_id, channel, address)
SELECT DISTINCT profile_id, channel, address
FROM (
    SELECT profile_id, 'email' AS channel, email AS address FROM shaped_profile
    UNION ALL
    SELECT profile_id, 'sms', phone FROM shaped_profile
    UNION ALL
    SELECT passed.profile_id, channel, btrim(address)
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
    ) AS address
) AS found
WHERE address <> ''
