-- Purpose: the segments of a tenant, each with its newest version and what is known of its members.
-- Grain: one row a segment: segment_id, name, newest version and its state, active version or null, members kept now,
-- as-of of the last refresh or null.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT
    newest.segment_id,
    newest.name,
    newest.version,
    newest.state,
    active.version AS active_version,
    (
        SELECT count(*)
        FROM segment.membership AS member
        WHERE member.tenant_id = newest.tenant_id AND member.segment_id = newest.segment_id
    ) AS members,
    (
        SELECT run.as_of
        FROM segment.run AS run
        WHERE run.tenant_id = newest.tenant_id AND run.segment_id = newest.segment_id
        ORDER BY run.run_id DESC
        LIMIT 1
    ) AS refreshed_as_of
FROM (
    SELECT DISTINCT ON (segment_id) tenant_id, segment_id, name, version, state
    FROM segment.definition
    WHERE tenant_id = %(tenant_id)s
    ORDER BY segment_id, version DESC
) AS newest
LEFT JOIN segment.definition AS active
    ON active.tenant_id = newest.tenant_id AND active.segment_id = newest.segment_id AND active.state = 'active'
ORDER BY newest.segment_id
