-- Purpose: whom a definition would add to and take from the members of its segment's active version.
-- Grain: one row, none where no version is active: the version, its members, who would enter, who would exit.
-- Parameters: tenant_id, segment_id, customer_ids: what the definition finds.
-- Rerun: reads only.
WITH found AS MATERIALIZED (
    SELECT customer_id FROM unnest(%(customer_ids)s::text[]) AS found (customer_id)
), member AS MATERIALIZED (
    SELECT customer_id FROM segment.membership WHERE tenant_id = %(tenant_id)s AND segment_id = %(segment_id)s
)
SELECT active.version, counted.members, counted.would_enter, counted.would_exit
FROM segment.definition AS active
CROSS JOIN (
    SELECT
        count(member.customer_id) AS members,
        count(*) FILTER (WHERE member.customer_id IS NULL) AS would_enter,
        count(*) FILTER (WHERE found.customer_id IS NULL) AS would_exit
    FROM found
    FULL JOIN member ON member.customer_id = found.customer_id
) AS counted
WHERE active.tenant_id = %(tenant_id)s AND active.segment_id = %(segment_id)s AND active.state = 'active'
