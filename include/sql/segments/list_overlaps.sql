-- Purpose: the active segments that share most with what a definition finds, by members in common of those in either.
-- Grain: one row a segment with members in common: segment_id, name, how many in common, how many members it has.
-- Parameters: tenant_id, segment_id: the definition's own, which is left out (null: none), customer_ids, shown.
-- Rerun: reads only.
WITH found AS MATERIALIZED (
    SELECT customer_id FROM unnest(%(customer_ids)s::text[]) AS found (customer_id)
)
SELECT active.segment_id, active.name, count(found.customer_id) AS in_common, count(*) AS members
FROM segment.membership AS member
JOIN segment.definition AS active
    ON active.tenant_id = member.tenant_id AND active.segment_id = member.segment_id AND active.state = 'active'
LEFT JOIN found ON found.customer_id = member.customer_id
WHERE member.tenant_id = %(tenant_id)s AND member.segment_id IS DISTINCT FROM %(segment_id)s::text
GROUP BY active.segment_id, active.name
HAVING count(found.customer_id) > 0
ORDER BY
    count(found.customer_id)::double precision
        / (cardinality(%(customer_ids)s::text[]) + count(*) - count(found.customer_id)) DESC,
    active.segment_id
LIMIT %(shown)s
