-- Purpose: the versions of a segment, the newest first, each with who decided and what its first refresh did.
-- Grain: one row a version. Parameters: tenant_id, segment_id. Rerun: reads only.
SELECT
    definition.version, definition.state, definition.sentence, definition.request_id, definition.created_at,
    definition.plan, request.language, request.activation,
    definition.retired_at, definition.retired_by, definition.retired_because, approval.decision, approval.decided_by,
    approval.decided_at, first.finished_at AS first_refresh_at, first.member_count AS first_members,
    first.entered AS first_entered, first.exited AS first_exited
FROM segment.definition
LEFT JOIN segment.approval USING (tenant_id, segment_id, version)
LEFT JOIN segment.request USING (tenant_id, request_id)
LEFT JOIN LATERAL (
    SELECT run.finished_at, run.member_count, run.entered, run.exited
    FROM segment.run
    WHERE run.tenant_id = definition.tenant_id AND run.segment_id = definition.segment_id
      AND run.version = definition.version
    ORDER BY run.run_id
    LIMIT 1
) AS first ON true
WHERE definition.tenant_id = %(tenant_id)s AND definition.segment_id = %(segment_id)s
ORDER BY definition.version DESC
LIMIT 50
