WITH active AS (
    SELECT d.tenant_id, d.segment_id, t.name AS tenant, (
    SELECT report.shortened(report.as_said(newest.name))
    FROM segment.definition AS newest
    WHERE newest.tenant_id = d.tenant_id AND newest.segment_id = d.segment_id AND newest.activated_at IS NOT NULL
    ORDER BY newest.version DESC
    LIMIT 1
) AS label,
           (SELECT count(*) FROM segment.membership AS m WHERE m.tenant_id = d.tenant_id AND m.segment_id = d.segment_id) AS members
    FROM segment.definition AS d
    JOIN ops.tenant AS t USING (tenant_id)
    WHERE d.state = 'active'
), pair AS (
    SELECT one.tenant, one.label AS segment, one.members, other.label AS other_segment, other.members AS other_members, (
        SELECT count(*)
        FROM segment.membership AS a
        JOIN segment.membership AS b USING (tenant_id, customer_id)
        WHERE a.tenant_id = one.tenant_id AND a.segment_id = one.segment_id AND b.segment_id = other.segment_id
    ) AS shared_members
    FROM active AS one
    JOIN active AS other ON other.tenant_id = one.tenant_id AND one.segment_id < other.segment_id
)
SELECT tenant, segment, members, other_segment, other_members, shared_members,
       coalesce(shared_members::float / nullif(least(members, other_members), 0), 0) AS share_of_smaller
FROM pair
