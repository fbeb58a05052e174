-- Purpose: how many members a tenant's largest active segments share, two by two, where members changed since it was
--          counted last. Only the largest: of a thousand segments there would be half a million pairs.
-- Grain: one row a pair written, and one for each segment with itself; pairs of segments that are not among the largest any more go.
-- Parameters: tenant_id, largest: so many segments are compared, 63 at most.
-- Rerun: counts nothing again until a refresh wrote a run.
WITH due AS MATERIALIZED (
    SELECT newest.run_id
    FROM (SELECT max(run_id) AS run_id FROM segment.run WHERE tenant_id = %(tenant_id)s) AS newest
    WHERE newest.run_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM segment.overlap WHERE tenant_id = %(tenant_id)s AND through_run >= newest.run_id
    )
), compared AS MATERIALIZED (
    SELECT
        active.segment_id, due.run_id,
        1::bigint << (row_number() OVER (ORDER BY last_run.member_count DESC, active.segment_id) - 1)::integer AS bit
    FROM segment.definition AS active
    CROSS JOIN due
    CROSS JOIN LATERAL (
        SELECT run.member_count
        FROM segment.run
        WHERE run.tenant_id = %(tenant_id)s AND run.segment_id = active.segment_id
        ORDER BY run.run_id DESC
        LIMIT 1
    ) AS last_run
    WHERE active.tenant_id = %(tenant_id)s AND active.state = 'active'
    ORDER BY last_run.member_count DESC, active.segment_id
    LIMIT %(largest)s
), combination AS MATERIALIZED (
    -- Customers of the same segments are one row, so that a pair is looked for once for all of them.
    SELECT held.bits, count(*) AS customers
    FROM (
        SELECT bit_or(compared.bit) AS bits
        FROM segment.membership
        JOIN compared USING (segment_id)
        WHERE membership.tenant_id = %(tenant_id)s
        GROUP BY membership.customer_id
    ) AS held
    GROUP BY held.bits
), pair AS MATERIALIZED (
    SELECT
        one.segment_id, other.segment_id AS other_id, one.run_id,
        (
            SELECT coalesce(sum(combination.customers), 0)::bigint
            FROM combination
            WHERE combination.bits & (one.bit | other.bit) = one.bit | other.bit
        ) AS shared
    FROM compared AS one
    JOIN compared AS other ON one.segment_id <= other.segment_id
), removed AS (
    DELETE FROM segment.overlap AS former
    USING due
    WHERE former.tenant_id = %(tenant_id)s AND NOT EXISTS (
        SELECT FROM pair WHERE pair.segment_id = former.segment_id AND pair.other_id = former.other_id
    )
)
INSERT INTO segment.overlap AS known (tenant_id, segment_id, other_id, shared, through_run)
SELECT %(tenant_id)s, segment_id, other_id, shared, run_id
FROM pair
ON CONFLICT (tenant_id, segment_id, other_id) DO UPDATE SET shared = excluded.shared, through_run = excluded.through_run
