-- Purpose: the profiles of LEO that cannot be taken, each with the first rule that it breaks
-- (docs/decisions/quality-gate.md).
-- Grain: one row a rejected row. Parameters: horizon, the day after which nobody is born.
-- Rerun: the caller has emptied the table.
INSERT INTO rejected (collection, line, source_key, rule)
SELECT 'cdp_profile', line, left(_key, 254), rule
FROM (
    SELECT
        profile.line,
        profile._key,
        CASE
            WHEN problem IS NOT NULL THEN problem
            WHEN profile._key IS NULL THEN 'no_id'
            WHEN greatest(length(profile._key), length("primaryEmail"), length("crmRefId")) > 254
                OR greatest(length("firstName"), length("lastName"), length("livingCity"), length("livingCountry"),
                            length("livingDistrict"), length("currentZipCode"), length("locationCode"),
                            length("primaryPhone"), length("primaryLanguage"), length("funnelStage")) > 200
                OR length("livingLocation") > 500
                OR greatest(length("notificationUserIds"), length("personalInterests"), length("contentKeywords"),
                            length("productKeywords"), length("extAttributes"), length(identities),
                            length("loyaltyIDs"), length("secondaryEmails"), length("secondaryPhones")) > 20000
                THEN 'over_long_text'
            WHEN line > first_line THEN 'duplicate_id'
            WHEN "createdAt" IS NULL OR NOT core.is_moment("createdAt")
                OR NOT core.is_moment("updatedAt") THEN 'bad_date'
            WHEN NOT core.is_day("dateOfBirth")
                OR left("dateOfBirth", 10)::date > %(horizon)s::timestamptz::date THEN 'bad_birth_date'
            WHEN NOT core.is_email(btrim("primaryEmail")) THEN 'bad_email'
            WHEN "livingCountry" IS NOT NULL AND NOT EXISTS (
                SELECT FROM country_name WHERE name = lower(btrim("livingCountry"))
            ) THEN 'bad_country'
            WHEN NOT (core.is_number(age) AND age !~ '\.' AND age::numeric BETWEEN 0 AND 120)
                OR NOT core.is_number("totalTransactionValue") THEN 'bad_number'
            WHEN NOT (pg_input_is_valid(coalesce("notificationUserIds", '{}'), 'jsonb')
                      AND coalesce("notificationUserIds", '{}') LIKE '{%%')
                OR NOT (pg_input_is_valid(coalesce("extAttributes", '{}'), 'jsonb')
                        AND coalesce("extAttributes", '{}') LIKE '{%%')
                OR NOT (pg_input_is_valid(coalesce("personalInterests", '[]'), 'jsonb')
                        AND coalesce("personalInterests", '[]') LIKE '[%%')
                OR NOT (pg_input_is_valid(coalesce("contentKeywords", '[]'), 'jsonb')
                        AND coalesce("contentKeywords", '[]') LIKE '[%%')
                OR NOT (pg_input_is_valid(coalesce("productKeywords", '[]'), 'jsonb')
                        AND coalesce("productKeywords", '[]') LIKE '[%%')
                OR NOT (pg_input_is_valid(coalesce(identities, '[]'), 'jsonb')
                        AND coalesce(identities, '[]') LIKE '[%%')
                -- LEO has kept these as arrays and as objects.
                OR NOT (pg_input_is_valid(coalesce("loyaltyIDs", '[]'), 'jsonb')
                        AND coalesce("loyaltyIDs", '[]') ~ '^[[{]')
                OR NOT (pg_input_is_valid(coalesce("secondaryEmails", '[]'), 'jsonb')
                        AND coalesce("secondaryEmails", '[]') ~ '^[[{]')
                OR NOT (pg_input_is_valid(coalesce("secondaryPhones", '[]'), 'jsonb')
                        AND coalesce("secondaryPhones", '[]') ~ '^[[{]') THEN 'malformed'
        END AS rule
    FROM cdp_profile AS profile
    LEFT JOIN (
        SELECT _key, min(line) AS first_line FROM cdp_profile WHERE problem IS NULL GROUP BY 1 HAVING count(*) > 1
    ) AS repeated USING (_key)
) AS judged
WHERE rule IS NOT NULL
