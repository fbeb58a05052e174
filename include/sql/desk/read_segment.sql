-- Purpose: one segment: its newest version that was approved, with its preview, who decided, how many members it has, what
--          its last refresh did, and what holds it up.
-- Grain: one row, none where there is no such segment. Parameters: tenant_id, segment_id. Rerun: reads only.
SELECT
    definition.segment_id, definition.version, definition.name, definition.state, definition.sentence, definition.cypher,
    definition.parameters, definition.hash, definition.request_id, definition.created_at, definition.activated_at,
    definition.retired_at, definition.retired_by, definition.retired_because, definition.plan, preview.funnel,
    request.language, request.activation,
    preview.as_of AS previewed_as_of, preview.member_count AS previewed_members, preview.reachable, preview.sample,
    preview.close_calls, preview.overlapping, approval.decided_by, approval.decided_at,
    version_limit.max_members AS largest_size, version_limit.max_change_percent AS largest_change_percent,
    last.run_id AS last_run_id, last.finished_at AS refreshed_at, last.as_of AS refreshed_as_of, last.entered, last.exited,
    hold.hold_id, hold.found AS held_found, hold.entered AS held_entered, hold.exited AS held_exited,
    hold.opened_at AS held_at, tenant.currency, agreement.stopped_since, agreement.graph_count, agreement.sql_count,
    (
        SELECT count(*)
        FROM segment.membership AS member
        WHERE member.tenant_id = definition.tenant_id AND member.segment_id = definition.segment_id
    ) AS members
FROM segment.definition
JOIN ops.tenant USING (tenant_id)
LEFT JOIN segment.request USING (tenant_id, request_id)
LEFT JOIN segment.preview USING (tenant_id, segment_id, version)
LEFT JOIN segment.approval USING (tenant_id, segment_id, version)
LEFT JOIN segment.version_limit USING (tenant_id, segment_id, version)
LEFT JOIN LATERAL (
    SELECT run.run_id, run.finished_at, run.as_of, run.entered, run.exited
    FROM segment.run
    WHERE run.tenant_id = definition.tenant_id AND run.segment_id = definition.segment_id
    ORDER BY run.run_id DESC
    LIMIT 1
) AS last ON true
LEFT JOIN segment.held_refresh AS hold
    ON hold.tenant_id = definition.tenant_id AND hold.segment_id = definition.segment_id AND hold.state = 'open'
LEFT JOIN segment.agreement
    ON agreement.tenant_id = definition.tenant_id AND agreement.segment_id = definition.segment_id
    AND agreement.stopped_since IS NOT NULL AND definition.state = 'active'
WHERE definition.tenant_id = %(tenant_id)s AND definition.segment_id = %(segment_id)s AND definition.state <> 'draft'
ORDER BY definition.version DESC
LIMIT 1
