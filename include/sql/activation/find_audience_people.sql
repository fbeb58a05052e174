-- Purpose: who is in the audience of a campaign, and by which clocks they may live.
-- Grain: one row a member of a segment of the campaign.
-- Parameters: tenant_id, campaign_id, with_segments, without_segments, on_entry (only who entered and was in no run since:
--             activation.entered), quiet and local_time (clocks are asked for only where one of them is set).
-- Rerun: fills a temporary table of this transaction.
--
-- Whose zone is not known may live in any zone that the tenant's customers of the same country have, else in any of the
-- tenant's and its customers'. A zone that the source made up is none.
INSERT INTO audience_person (customer_id, language, cluster, clock, zones)
WITH matched AS MATERIALIZED (
    SELECT DISTINCT member.customer_id
    FROM segment.membership AS member
    WHERE member.tenant_id = %(tenant_id)s AND member.segment_id = ANY (%(with_segments)s::text[])
      AND NOT EXISTS (
          SELECT FROM segment.membership AS barred
          WHERE barred.tenant_id = %(tenant_id)s AND barred.segment_id = ANY (%(without_segments)s::text[])
            AND barred.customer_id = member.customer_id
      )
      AND (NOT %(on_entry)s OR member.customer_id IN (
          SELECT came.customer_id FROM activation.entered(%(tenant_id)s, %(campaign_id)s) AS came
      ))
), lived_in AS MATERIALIZED (
    SELECT DISTINCT profile.country, profile.time_zone AS zone
    FROM core.profile
    WHERE profile.tenant_id = %(tenant_id)s AND profile.is_primary AND profile.deleted_at IS NULL
      AND profile.time_zone IS NOT NULL AND (%(quiet)s::jsonb <> '[]' OR %(local_time)s::text IS NOT NULL)
), known_zone AS MATERIALIZED (
    SELECT lived_in.country, lived_in.zone
    FROM lived_in
    WHERE lived_in.zone IN (SELECT known.name FROM pg_timezone_names AS known)
), anywhere AS MATERIALIZED (
    SELECT array_agg(zone ORDER BY zone) AS zones
    FROM (
        SELECT zone FROM known_zone UNION SELECT time_zone FROM ops.tenant WHERE tenant_id = %(tenant_id)s
    ) AS possible
    WHERE %(quiet)s::jsonb <> '[]' OR %(local_time)s::text IS NOT NULL
), in_country AS MATERIALIZED (
    SELECT country, array_agg(zone ORDER BY zone) AS zones FROM known_zone WHERE country IS NOT NULL GROUP BY country
)
SELECT
    matched.customer_id, profile.language, coalesce(member.household_id, matched.customer_id),
    coalesce(own.zone, ''),
    coalesce(CASE WHEN own.zone IS NOT NULL THEN ARRAY[own.zone] END, in_country.zones, anywhere.zones, '{}')
FROM matched
CROSS JOIN anywhere
LEFT JOIN core.profile
    ON profile.tenant_id = %(tenant_id)s AND profile.customer_id = matched.customer_id AND profile.is_primary
    AND profile.deleted_at IS NULL
LEFT JOIN (SELECT DISTINCT zone FROM known_zone) AS own ON own.zone = profile.time_zone
LEFT JOIN in_country ON in_country.country = profile.country
LEFT JOIN core.household_member AS member
    ON member.tenant_id = %(tenant_id)s AND member.customer_id = matched.customer_id
