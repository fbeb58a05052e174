-- Purpose: profiles as the source has them now. The time zone is that of the city, else of the country where it has one,
-- else of the telephone number's country; the way is noted.
-- Grain: one row a profile; gives their number. Parameters: tenant_id.
-- Rerun: only rows of another source_rev, or that were gone, are touched.
WITH merged AS (
    MERGE INTO core.profile AS known
    USING (
        SELECT
            shaped.*,
            coalesce(city_time_zone.time_zone, country.time_zone, dialled.phone_time_zone) AS time_zone,
            CASE
                WHEN city_time_zone.time_zone IS NOT NULL THEN 'city'
                WHEN country.time_zone IS NOT NULL THEN 'country'
                WHEN dialled.phone_time_zone IS NOT NULL THEN 'phone'
            END AS time_zone_source,
            before.deleted_at IS NULL AS was_live,
            -- Somebody else may speak for the customer by now; who does is settled when identities are resolved.
            before.profile_id IS NOT NULL AND before.deleted_at IS NOT NULL AND shaped.deleted_at IS NULL AND EXISTS (
                SELECT FROM core.profile AS other
                WHERE other.tenant_id = %(tenant_id)s AND other.customer_id = before.customer_id
                  AND other.profile_id <> before.profile_id
                  AND (other.deleted_at IS NULL
                       OR EXISTS (SELECT FROM shaped_profile AS back WHERE back.profile_id = other.profile_id))
            ) AS comes_second
        FROM shaped_profile AS shaped
        LEFT JOIN core.profile AS before ON before.tenant_id = %(tenant_id)s AND before.profile_id = shaped.profile_id
        LEFT JOIN country ON country.code = shaped.country
        LEFT JOIN city_time_zone ON city_time_zone.country = shaped.country AND city_time_zone.city = lower(shaped.city)
        -- No calling code begins another, so at most one of the three prefixes is one.
        LEFT JOIN country AS dialled ON dialled.phone_time_zone IS NOT NULL AND dialled.calling_code IN (
            substr(shaped.phone, 2, 1), substr(shaped.phone, 2, 2), substr(shaped.phone, 2, 3)
        )
    ) AS read
    ON known.tenant_id = %(tenant_id)s AND known.profile_id = read.profile_id
    WHEN MATCHED AND (known.source_rev <> read.source_rev OR known.gone_at IS NOT NULL) THEN UPDATE SET
        is_primary = known.is_primary AND NOT read.comes_second,
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
        deleted_at = read.deleted_at,
        gone_at = NULL
    WHEN NOT MATCHED THEN INSERT (
        tenant_id, profile_id, customer_id, first_name, last_name, email, phone, gender, date_of_birth, age, language,
        country, city, time_zone, time_zone_source, funnel_stage, favorite_color, total_spent_minor, keywords, scores,
        ext_attributes, source_rev, source_created_at, source_updated_at, deleted_at)
    VALUES (
        %(tenant_id)s, read.profile_id, read.profile_id, read.first_name, read.last_name, read.email, read.phone,
        read.gender, read.date_of_birth, read.age, read.language, read.country, read.city, read.time_zone,
        read.time_zone_source, read.funnel_stage, read.favorite_color, read.total_spent_minor, read.keywords, read.scores,
        read.ext_attributes, read.source_rev, read.source_created_at, read.source_updated_at, read.deleted_at)
    RETURNING known.profile_id, known.customer_id, merge_action() = 'UPDATE'
        AND read.was_live <> (known.deleted_at IS NULL) AS is_moved
),
noted AS (
    INSERT INTO changed_customer (customer_id) SELECT DISTINCT customer_id FROM merged ON CONFLICT DO NOTHING
),
moved AS (
    INSERT INTO moved_profile (profile_id) SELECT profile_id FROM merged WHERE is_moved ON CONFLICT DO NOTHING
)
SELECT count(*) FROM merged
