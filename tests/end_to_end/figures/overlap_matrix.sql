WITH active AS (
    SELECT d.tenant_id, d.segment_id, (
    SELECT report.shortened(report.as_said(newest.name))
    FROM segment.definition AS newest
    WHERE newest.tenant_id = d.tenant_id AND newest.segment_id = d.segment_id AND newest.activated_at IS NOT NULL
    ORDER BY newest.version DESC
    LIMIT 1
) AS label,
           (SELECT count(*) FROM segment.membership AS m WHERE m.tenant_id = d.tenant_id AND m.segment_id = d.segment_id) AS members
    FROM segment.definition AS d
    WHERE d.state = 'active'
), pair AS (
    SELECT one.label AS segment, other.label AS other_segment, least(one.members, other.members) AS smaller, (
        SELECT count(*)
        FROM segment.membership AS a
        JOIN segment.membership AS b USING (tenant_id, customer_id)
        WHERE a.tenant_id = one.tenant_id AND a.segment_id = one.segment_id AND b.segment_id = other.segment_id
    ) AS shared
    FROM active AS one
    JOIN active AS other USING (tenant_id)
)
SELECT segment, other_segment, coalesce(sum(shared) / nullif(sum(smaller), 0), 0)::float AS share_of_smaller
FROM pair
GROUP BY segment, other_segment
