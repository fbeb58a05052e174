-- Purpose: LEO's profiles in the sources' common form. Only status 1 is active: the others are kept as deleted.
-- Grain: one row a profile that passed. Parameters: minor_units of the tenant's currency, in which LEO keeps totals.
-- Rerun: the caller has emptied the table.
INSERT INTO shaped_profile (
    line, profile_id, first_name, last_name, email, phone, gender, date_of_birth, age, language, country, city,
    funnel_stage, favorite_color, total_spent_minor, keywords, scores, ext_attributes, source_rev, source_created_at,
    source_updated_at, deleted_at)
SELECT
    line,
    _key,
    nullif(btrim("firstName", E' \t\r\n'), ''),
    nullif(btrim("lastName", E' \t\r\n'), ''),
    core.normal_email("primaryEmail"),
    core.normal_phone("primaryPhone", country.calling_code, coalesce(country.trunk_prefix, '')),
    CASE
        WHEN lower(gender) IN ('0', 'female') THEN 'female'
        WHEN lower(gender) IN ('1', 'male') THEN 'male'
        WHEN lower(gender) IN ('2', '3', '4', '5', '6', 'other') THEN 'other'
    END,
    left("dateOfBirth", 10)::date,
    nullif(age::smallint, 0),
    lower("primaryLanguage"),
    country.code,
    btrim("livingCity"),
    "funnelStage",
    lower(btrim("extAttributes"::jsonb ->> 'favoriteColor')),
    core.to_minor("totalTransactionValue", %(minor_units)s),
    ARRAY(
        SELECT DISTINCT keyword
        FROM jsonb_array_elements_text(
            coalesce("personalInterests", '[]')::jsonb || coalesce("contentKeywords", '[]')::jsonb
            || coalesce("productKeywords", '[]')::jsonb
        ) AS keyword
        WHERE keyword IS NOT NULL
        ORDER BY keyword
    ),
    (
        SELECT coalesce(jsonb_object_agg(name, value::numeric), '{}')
        FROM (VALUES
            ('total_lead_score', "totalLeadScore"), ('total_prospect_score', "totalProspectScore"),
            ('total_engagement_score', "totalEngagementScore"), ('total_clv', "totalCLV"),
            ('total_loyalty_score', "totalLoyaltyScore"), ('rfm_score', "rfmScore"), ('churn_score', "churnScore"),
            ('total_cfs', "totalCFS"), ('total_ces', "totalCES"), ('total_csat', "totalCSAT"), ('total_nps', "totalNPS")
        ) AS score (name, value)
        WHERE core.is_number(value)
    ),
    coalesce("extAttributes", '{}')::jsonb,
    source_rev,
    "createdAt"::timestamptz,
    "updatedAt"::timestamptz,
    CASE WHEN status <> '1' THEN coalesce("updatedAt"::timestamptz, now()) END
FROM cdp_profile AS profile
LEFT JOIN country_name ON country_name.name = lower(btrim(coalesce("livingCountry", "locationCode")))
LEFT JOIN country ON country.code = country_name.code
WHERE NOT EXISTS (SELECT FROM rejected WHERE collection = 'cdp_profile' AND rejected.line = profile.line)
