-- Purpose: what waits for a decision, the nearest deadline first; what nobody was asked about yet comes last.
-- Grain: one row a request, run, held refresh or post.
-- Parameters: tenant_id; asked (a user id who was asked, or null for everything); after_expires, after_kind and
--             after_number (the last row of the page before, or nulls); most.
-- Rerun: reads only.
WITH waiting AS (
    SELECT
        'requests' AS kind, request.request_id AS number, coalesce(definition.name, request.text) AS title,
        request.requested_by, request.requested_at, preview.member_count AS people, NULL::bigint AS people_before,
        ARRAY['draft_segment/request-' || request.tenant_id || '-' || request.request_id || '/review/-1'] AS reviewed
    FROM segment.request
    LEFT JOIN segment.definition AS definition USING (tenant_id, request_id)
    LEFT JOIN segment.preview AS preview USING (tenant_id, segment_id, version)
    WHERE request.tenant_id = %(tenant_id)s AND request.state IN ('drafted', 'in_review')
    UNION ALL
    SELECT
        'runs', run.campaign_run_id, campaign.name, campaign.requested_by, run.planned_at, step.kept, NULL,
        ARRAY[
            'run_campaign/campaign-' || run.tenant_id || '-' || run.campaign_run_id || '/review/-1',
            'run_campaign/campaign-' || run.tenant_id || '-' || run.campaign_run_id || '/second_review/-1'
        ]
    FROM activation.run
    JOIN activation.campaign AS campaign USING (tenant_id, campaign_id)
    LEFT JOIN activation.audience_step AS step
        ON step.tenant_id = run.tenant_id AND step.campaign_run_id = run.campaign_run_id AND step.step = 'to_send'
    WHERE run.tenant_id = %(tenant_id)s AND run.state = 'planned' AND run.kind = 'campaign'
    UNION ALL
    SELECT
        'holds', hold.hold_id, definition.name, coalesce(request.requested_by, ''), hold.opened_at, hold.found,
        hold.members,
        ARRAY['review_held_refreshes/hold-' || hold.tenant_id || '-' || hold.hold_id || '/review/-1']
    FROM segment.held_refresh AS hold
    JOIN segment.definition AS definition USING (tenant_id, segment_id, version)
    LEFT JOIN segment.request AS request
        ON request.tenant_id = definition.tenant_id AND request.request_id = definition.request_id
    WHERE hold.tenant_id = %(tenant_id)s AND hold.state = 'open'
    UNION ALL
    SELECT
        'posts', post.post_id, post.name, post.requested_by, post.submitted_at, NULL, NULL,
        ARRAY['review_page_posts/post-' || post.tenant_id || '-' || post.post_id || '-' || post.version || '/review/-1']
    FROM activation.page_post AS post
    WHERE post.tenant_id = %(tenant_id)s AND post.state = 'submitted' AND post.publish_by > clock_timestamp()
), placed AS (
    SELECT
        waiting.kind, waiting.number, waiting.title, waiting.requested_by, waiting.requested_at, waiting.people,
        waiting.people_before, round.assigned, round.expires_at,
        coalesce(round.expires_at, 'infinity') AS expires
    FROM waiting
    LEFT JOIN LATERAL (
        -- The second review of a run comes after the first, and its rounds are newer.
        SELECT round.assigned, round.expires_at
        FROM ops.review_round AS round
        WHERE round.tenant_id = %(tenant_id)s AND round.reviewed = ANY (waiting.reviewed)
        ORDER BY round.shown_at DESC
        LIMIT 1
    ) AS round ON true
)
SELECT kind, number, title, requested_by, requested_at, people, people_before, assigned, expires_at
FROM placed
WHERE (%(asked)s::text IS NULL OR %(asked)s = ANY (assigned))
  AND (%(after_kind)s::text IS NULL OR (expires, kind, number) > (
      coalesce(%(after_expires)s::timestamptz, 'infinity'), %(after_kind)s, %(after_number)s::bigint
  ))
ORDER BY expires, kind, number
LIMIT %(most)s
