-- Purpose: everything that became of one request, on one row: the draft, its preview, the decision, and the last refresh.
-- Grain: one row, none where there is no such request. Parameters: tenant_id, request_id. Rerun: reads only.
SELECT
    request.request_id, request.text, request.requested_by, request.edited_by, request.requested_at, request.state,
    request.state_changed_at, request.planner, request.unplaced, request.questions, request.problem,
    request.revises_request_id, request.explanation, request.activation, request.language, definition.plan,
    coalesce(definition.sentence, request.sentence) AS sentence,
    definition.segment_id, definition.version, definition.name, definition.state AS definition_state, definition.cypher,
    definition.parameters, definition.meaning, definition.hash, definition.created_at AS drafted_at,
    preview.as_of AS previewed_as_of, preview.member_count, preview.funnel, preview.reachable, preview.sample,
    preview.close_calls, preview.took_ms, preview.agreed_count, preview.compared_version, preview.compared_members,
    preview.would_enter, preview.would_exit, preview.overlapping, preview.previewed_at,
    approval.decision, approval.decided_by, approval.decided_at, approval.note,
    round.assigned, round.expires_at, round.shown_at,
    refresh.member_count AS members_now, refresh.finished_at AS refreshed_at, refresh.as_of AS refreshed_as_of,
    (
        SELECT array_agg(later.request_id ORDER BY later.request_id)
        FROM segment.request AS later
        WHERE later.tenant_id = request.tenant_id AND later.revises_request_id = request.request_id
    ) AS revised_by
FROM segment.request
LEFT JOIN segment.definition AS definition USING (tenant_id, request_id)
LEFT JOIN segment.preview AS preview USING (tenant_id, segment_id, version)
LEFT JOIN segment.approval AS approval USING (tenant_id, segment_id, version)
LEFT JOIN LATERAL (
    SELECT round.assigned, round.expires_at, round.shown_at
    FROM ops.review_round AS round
    WHERE round.tenant_id = request.tenant_id
      AND round.reviewed LIKE 'draft_segment/request-' || request.tenant_id || '-' || request.request_id || '/%%'
    ORDER BY round.round DESC
    LIMIT 1
) AS round ON true
LEFT JOIN LATERAL (
    SELECT run.member_count, run.finished_at, run.as_of
    FROM segment.run
    WHERE run.tenant_id = definition.tenant_id AND run.segment_id = definition.segment_id
      AND run.version = definition.version
    ORDER BY run.run_id DESC
    LIMIT 1
) AS refresh ON true
WHERE request.tenant_id = %(tenant_id)s AND request.request_id = %(request_id)s
