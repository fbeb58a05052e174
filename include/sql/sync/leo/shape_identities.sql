-- Purpose: what LEO's profiles are known by: identities that are a person's own, and the home. Visitor ids, fingerprints,
-- devices and app ids are left out: families share them (docs/decisions/identity.md).
-- A national telephone number of a profile without a country is one of the tenant's own country, if the tenant's time
-- zone is the clock of one country only.
-- Grain: one row a profile, kind and value of a profile that passed. Parameters: tenant_id.
-- Rerun: the caller has emptied the table.
INSERT INTO shaped_identity (profile_id, kind, value)
SELECT DISTINCT profile_id, kind, value
FROM (
    SELECT shaped.profile_id, shaped.country, country.calling_code, country.trunk_prefix, profile.*
    FROM cdp_profile AS profile
    JOIN shaped_profile AS shaped USING (line)
    LEFT JOIN country ON country.code = coalesce(shaped.country, (
        SELECT min(own.code)
        FROM country AS own
        JOIN ops.tenant ON tenant.time_zone IN (own.time_zone, own.phone_time_zone)
        WHERE tenant.tenant_id = %(tenant_id)s
        HAVING count(*) = 1
    ))
    OFFSET 0
) AS passed
CROSS JOIN LATERAL (
    SELECT 'crm' AS kind, btrim("crmRefId") AS value
    UNION ALL
    SELECT 'email', lower(core.normal_email(address))
    FROM (
        SELECT "primaryEmail" AS address
        UNION ALL
        SELECT address FROM core.json_texts("secondaryEmails") AS address
        UNION ALL
        SELECT substr(each, 7) FROM core.json_texts(identities) AS each WHERE each LIKE 'email:%%'
    ) AS mail
    WHERE core.is_email(btrim(address))
    UNION ALL
    SELECT 'phone', core.normal_phone(number, calling_code, coalesce(trunk_prefix, ''))
    FROM (
        SELECT "primaryPhone" AS number
        UNION ALL
        SELECT number FROM core.json_texts("secondaryPhones") AS number
        UNION ALL
        SELECT substr(each, 7) FROM core.json_texts(identities) AS each WHERE each LIKE 'phone:%%'
    ) AS dialled
    UNION ALL
    SELECT 'loyalty', id FROM core.json_texts("loyaltyIDs") AS id
    UNION ALL
    SELECT kind, btrim(substr(each, length(kind) + 2))
    FROM core.json_texts(identities) AS each
    JOIN (VALUES ('crm'), ('loyalty'), ('fintech'), ('zalo')) AS own (kind) ON starts_with(each, kind || ':')
    UNION ALL
    SELECT provider, btrim(id)
    FROM (VALUES ('zalo'), ('facebook')) AS account (provider)
    CROSS JOIN LATERAL core.json_texts(("notificationUserIds"::jsonb -> provider)::text) AS id
    UNION ALL
    SELECT 'home', core.normal_home("livingLocation", "livingDistrict", "livingCity", "currentZipCode", country)
    -- So that no value is normalised again for each condition on it.
    OFFSET 0
) AS known
WHERE value <> '' AND length(value) <= 500
