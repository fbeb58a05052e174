-- Purpose: the segments of a tenant as they are named, each by its newest version.
-- Grain: one row a segment: segment_id, name, newest version and its state, active version or null.
-- Parameters: tenant_id.
-- Rerun: reads only.
SELECT newest.segment_id, newest.name, newest.version, newest.state, active.version AS active_version
FROM (
    SELECT DISTINCT ON (segment_id) tenant_id, segment_id, name, version, state
    FROM segment.definition
    WHERE tenant_id = %(tenant_id)s
    ORDER BY segment_id, version DESC
) AS newest
LEFT JOIN segment.definition AS active
    ON active.tenant_id = newest.tenant_id AND active.segment_id = newest.segment_id AND active.state = 'active'
ORDER BY newest.segment_id
