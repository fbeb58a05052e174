-- Purpose: what stands between requests and the members of their segments: one request, or those that are open, the
--          newest first. Open is what waits for somebody or something; a request that a later one takes up is not.
-- Grain: one row a request; `in_all` counts them, those beyond `most` too.
-- Parameters: tenant_id; request_id (or null: every open one); most.
-- Rerun: reads only.
WITH standing AS MATERIALIZED (
    SELECT
        request.request_id, request.state, request.state_changed_at, request.collected_at, request.problem,
        request.unplaced, request.questions, request.text, definition.segment_id, definition.version,
        definition.state AS version_state, approval.decided_by, approval.note, refreshed.refreshed_at,
        last.member_count, hold.hold_id, agreement.stopped_since
    FROM segment.request
    LEFT JOIN segment.definition AS definition USING (tenant_id, request_id)
    LEFT JOIN segment.approval AS approval USING (tenant_id, segment_id, version)
    LEFT JOIN segment.refreshed AS refreshed USING (tenant_id, segment_id, version)
    LEFT JOIN segment.agreement AS agreement USING (tenant_id, segment_id, version)
    LEFT JOIN segment.held_refresh AS hold
        ON hold.tenant_id = request.tenant_id AND hold.segment_id = definition.segment_id
        AND hold.version = definition.version AND hold.state = 'open'
    LEFT JOIN LATERAL (
        SELECT run.member_count
        FROM segment.run
        WHERE run.tenant_id = request.tenant_id AND run.segment_id = definition.segment_id
          AND run.version = definition.version
        ORDER BY run.run_id DESC
        LIMIT 1
    ) AS last ON true
    WHERE request.tenant_id = %(tenant_id)s
      AND (
        request.request_id = %(request_id)s
        OR %(request_id)s::bigint IS NULL AND (
            request.state IN ('submitted', 'drafted', 'in_review', 'needs_clarification', 'sent_back', 'failed')
            OR request.state = 'approved' AND definition.state = 'active'
            AND (refreshed.version IS NULL OR hold.hold_id IS NOT NULL OR agreement.stopped_since IS NOT NULL)
        ) AND NOT EXISTS (
            SELECT FROM segment.request AS later
            WHERE later.tenant_id = request.tenant_id AND later.revises_request_id = request.request_id
        )
      )
)
SELECT standing.*, (SELECT count(*) FROM standing) AS in_all
FROM standing
ORDER BY request_id DESC
LIMIT %(most)s
