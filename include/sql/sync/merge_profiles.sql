-- Purpose: profiles as the source has them now. The time zone is that of the city, else of the country where it has one,
-- else of the telephone number's country; the way is noted.
-- Grain: one row a profile. Parameters: tenant_id. Rerun: only rows of another source_rev are touched.
MERGE INTO core.profile AS known
USING (
    SELECT
        shaped.*,
        coalesce(city_time_zone.time_zone, country.time_zone, dialled.phone_time_zone) AS time_zone,
        CASE
            WHEN city_time_zone.time_zone IS NOT NULL THEN 'city'
            WHEN country.time_zone IS NOT NULL THEN 'country'
            WHEN dialled.phone_time_zone IS NOT NULL THEN 'phone'
        END AS time_zone_source
    FROM shaped_profile AS shaped
    LEFT JOIN country ON country.code = shaped.country
    LEFT JOIN city_time_zone ON city_time_zone.country = shaped.country AND city_time_zone.city = lower(shaped.city)
    -- No calling code begins another, so at most one of the three prefixes is one.
    LEFT JOIN country AS dialled ON dialled.phone_time_zone IS NOT NULL AND dialled.calling_code IN (
        substr(shaped.phone, 2, 1), substr(shaped.phone, 2, 2), substr(shaped.phone, 2, 3)
    )
) AS read
ON known.tenant_id = %(tenant_id)s AND known.profile_id = read.profile_id
WHEN MATCHED AND known.source_rev <> read.source_rev THEN UPDATE SET
    first_name = read.first_name,
    last_name = read.last_name,
    email = read.email,
    phone = read.phone,
    gender = read.gender,
    date_of_birth = read.date_of_birth,
    age = read.age,
    language = read.language,
    country = read.country,
    city = read.city,
    time_zone = read.time_zone,
    time_zone_source = read.time_zone_source,
    funnel_stage = read.funnel_stage,
    favorite_color = read.favorite_color,
    total_spent_minor = read.total_spent_minor,
    keywords = read.keywords,
    scores = read.scores,
    ext_attributes = read.ext_attributes,
    source_rev = read.source_rev,
    source_created_at = read.source_created_at,
    source_updated_at = read.source_updated_at,
    ingested_at = now(),
    deleted_at = read.deleted_at
WHEN NOT MATCHED THEN INSERT (
    tenant_id, profile_id, customer_id, first_name, last_name, email, phone, gender, date_of_birth, age, language,
    country, city, time_zone, time_zone_source, funnel_stage, favorite_color, total_spent_minor, keywords, scores,
    ext_attributes, source_rev, source_created_at, source_updated_at, deleted_at)
VALUES (
    %(tenant_id)s, read.profile_id, read.profile_id, read.first_name, read.last_name, read.email, read.phone,
    read.gender, read.date_of_birth, read.age, read.language, read.country, read.city, read.time_zone,
    read.time_zone_source, read.funnel_stage, read.favorite_color, read.total_spent_minor, read.keywords, read.scores,
    read.ext_attributes, read.source_rev, read.source_created_at, read.source_updated_at, read.deleted_at)
