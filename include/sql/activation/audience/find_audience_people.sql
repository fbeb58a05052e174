-- Purpose: the people of an audience, and by which clocks they may live.
-- Grain: one row a person.
-- Parameters: tenant_id, asks_clocks (whether some route is barred at some hour) and local_time (clocks are asked for only
--             where one of the two is set); reads audience_member.
-- Rerun: fills a temporary table of this transaction.
--
-- Whose zone is not known may live in any zone that the tenant's customers of the same country have, else in any of the
-- tenant's and its customers'. A zone that the source made up is none.
INSERT INTO audience_person (customer_id, language, country, cluster, clock, zones)
WITH lived_in AS MATERIALIZED (
    SELECT DISTINCT profile.country, profile.time_zone AS zone
    FROM core.profile
    WHERE profile.tenant_id = %(tenant_id)s AND profile.is_primary AND profile.deleted_at IS NULL
      AND profile.time_zone IS NOT NULL AND (%(asks_clocks)s OR %(local_time)s::text IS NOT NULL)
), known_zone AS MATERIALIZED (
    SELECT lived_in.country, lived_in.zone
    FROM lived_in
    WHERE lived_in.zone IN (SELECT known.name FROM pg_timezone_names AS known)
), anywhere AS MATERIALIZED (
    SELECT array_agg(zone ORDER BY zone) AS zones
    FROM (
        SELECT zone FROM known_zone UNION SELECT time_zone FROM ops.tenant WHERE tenant_id = %(tenant_id)s
    ) AS possible
    WHERE %(asks_clocks)s OR %(local_time)s::text IS NOT NULL
), in_country AS MATERIALIZED (
    SELECT country, array_agg(zone ORDER BY zone) AS zones FROM known_zone WHERE country IS NOT NULL GROUP BY country
)
SELECT
    matched.customer_id, profile.language, profile.country, coalesce(member.household_id, matched.customer_id),
    coalesce(own.zone, ''),
    coalesce(CASE WHEN own.zone IS NOT NULL THEN ARRAY[own.zone] END, in_country.zones, anywhere.zones, '{}')
FROM audience_member AS matched
CROSS JOIN anywhere
LEFT JOIN core.profile
    ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = matched.customer_id AND profile.is_primary
    AND profile.deleted_at IS NULL
LEFT JOIN (SELECT DISTINCT zone FROM known_zone) AS own ON own.zone = profile.time_zone
LEFT JOIN in_country ON in_country.country = profile.country
LEFT JOIN core.household_member AS member
    ON member.tenant_id = %(tenant_id)s AND member.customer_id = matched.customer_id
