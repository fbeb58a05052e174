-- Purpose: the plan of one version of a segment, and what is known of the segment's members.
-- Grain: one row: plan, members kept now, as-of of the last refresh or null.
-- Parameters: tenant_id, segment_id, version.
-- Rerun: reads only.
SELECT
    definition.plan,
    (
        SELECT count(*)
        FROM segment.membership AS member
        WHERE member.tenant_id = %(tenant_id)s AND member.segment_id = %(segment_id)s
    ) AS members,
    (
        SELECT run.as_of
        FROM segment.run AS run
        WHERE run.tenant_id = %(tenant_id)s AND run.segment_id = %(segment_id)s
        ORDER BY run.run_id DESC
        LIMIT 1
    ) AS refreshed_as_of
FROM segment.definition AS definition
WHERE definition.tenant_id = %(tenant_id)s AND definition.segment_id = %(segment_id)s
  AND definition.version = %(version)s
