-- Purpose: the customer of each cluster is that of its oldest profile, and its name that profile's id: the same whatever
-- the order in which profiles came. A profile that is gone stays with the oldest of its customer, and where it gave the
-- customer its name it goes on doing so. Who speaks: a live profile over a deleted one, one of the CRM over one that is
-- known otherwise over an anonymous one, then the older; so that nobody's attributes change with each visit.
-- Grain: one row a profile. Parameters: tenant_id. Rerun: the caller rolls back.
WITH known AS MATERIALIZED (
    SELECT
        place.member AS profile_id, place.customer_id, place.is_gone, place.label, profile.source_created_at,
        profile.deleted_at IS NULL AS is_live,
        EXISTS (
            SELECT FROM core.identity
            WHERE identity.tenant_id = %(tenant_id)s AND identity.profile_id = place.member
              AND identity.kind = 'crm'
        ) AS is_crm,
        EXISTS (
            SELECT FROM core.identity
            WHERE identity.tenant_id = %(tenant_id)s AND identity.profile_id = place.member
              AND identity.kind NOT IN ('home', 'same_person')
        ) OR profile.email IS NOT NULL OR profile.phone IS NOT NULL AS is_known
    FROM identity_place AS place
    JOIN core.profile AS profile ON profile.tenant_id = %(tenant_id)s AND profile.profile_id = place.member
), settled AS (
    SELECT
        known.*,
        CASE WHEN known.is_gone THEN (
            SELECT mate.label FROM known AS mate
            WHERE mate.customer_id = known.customer_id AND NOT mate.is_gone
            ORDER BY mate.source_created_at NULLS LAST, mate.profile_id
            LIMIT 1
        ) ELSE known.label END AS cluster
    FROM known
), ranked AS (
    SELECT
        profile_id,
        first_value(profile_id) OVER (
            PARTITION BY cluster
            ORDER BY
                CASE WHEN NOT is_gone THEN 2 WHEN profile_id = customer_id THEN 1 ELSE 3 END,
                source_created_at NULLS LAST, profile_id
        ) AS wanted_id,
        row_number() OVER (
            PARTITION BY cluster
            ORDER BY is_live DESC, is_crm DESC, is_known DESC, source_created_at NULLS LAST, profile_id
        ) = 1 AS speaks
    FROM settled
)
UPDATE identity_place AS place
SET wanted_id = ranked.wanted_id, speaks = ranked.speaks
FROM ranked
WHERE place.member = ranked.profile_id
