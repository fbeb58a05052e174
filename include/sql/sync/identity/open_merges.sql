-- Purpose: note each customer who was absorbed: by whom, with which profiles on either side, and by what they were joined.
-- Grain: one row a merge; gives their number. Parameters: tenant_id, sync_run_id. Rerun: finds none.
WITH absorbed AS MATERIALIZED (
    SELECT place.member AS absorbed_id, place.wanted_id AS survivor_id
    FROM identity_place AS place
    WHERE place.wanted_id <> place.member AND NOT EXISTS (
        SELECT FROM core.customer_merge AS open
        WHERE open.tenant_id = %(tenant_id)s AND open.absorbed_id = place.member AND open.undone_at IS NULL
    )
), side AS (
    SELECT
        absorbed.absorbed_id, absorbed.survivor_id, mate.member,
        mate.member = absorbed.absorbed_id OR mate.customer_id = absorbed.absorbed_id AS is_absorbed
    FROM absorbed
    JOIN identity_place AS mate ON mate.wanted_id = absorbed.survivor_id
), joined AS (
    SELECT side.absorbed_id, array_agg(DISTINCT link.kind ORDER BY link.kind) AS kinds
    FROM side
    JOIN identity_link AS link USING (member)
    WHERE side.is_absorbed
    GROUP BY side.absorbed_id
), opened AS (
    INSERT INTO core.customer_merge (
        tenant_id, survivor_id, absorbed_id, survivor_profiles, absorbed_profiles, kinds, sync_run_id)
    SELECT
        %(tenant_id)s,
        survivor_id,
        absorbed_id,
        coalesce(array_agg(member ORDER BY member) FILTER (WHERE NOT is_absorbed), '{}'),
        array_agg(member ORDER BY member) FILTER (WHERE is_absorbed),
        coalesce((SELECT kinds FROM joined WHERE joined.absorbed_id = side.absorbed_id), '{}'),
        %(sync_run_id)s
    FROM side
    GROUP BY survivor_id, absorbed_id
    ORDER BY absorbed_id
    RETURNING absorbed_id
)
SELECT count(*) FROM opened
