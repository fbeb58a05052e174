-- Purpose: a page of the segments: the newest version of each, members and sizes of its last refreshes, what is wrong with
--          it, and how many campaigns are for it. The size is that of the last refresh: members are not counted here.
-- Grain: one row a segment, by name; none beyond `most`.
-- Parameters: tenant_id; state (active, retired, or null: any); search (a part of name or id, lower case, or null);
--             after_name and after_id (of the last one shown, or null); most.
-- Rerun: reads only.
WITH newest AS MATERIALIZED (
    SELECT DISTINCT ON (segment_id) segment_id, name, version, state, sentence, plan, request_id
    FROM segment.definition
    WHERE tenant_id = %(tenant_id)s AND state <> 'draft'
    ORDER BY segment_id, version DESC
), matching AS MATERIALIZED (
    SELECT *
    FROM newest
    WHERE (%(state)s::text IS NULL OR state = %(state)s)
      AND (%(search)s::text IS NULL OR strpos(lower(name || ' ' || segment_id), %(search)s) > 0)
), page AS MATERIALIZED (
    SELECT *
    FROM matching
    WHERE %(after_name)s::text IS NULL OR (name, segment_id) > (%(after_name)s, %(after_id)s)
    ORDER BY name, segment_id
    LIMIT %(most)s
)
SELECT
    page.*, (SELECT count(*) FROM matching) AS matching, last.finished_at AS refreshed_at, last.sizes, last.entered,
    last.exited, hold.hold_id, agreement.stopped_since, used.campaigns, request.language, request.activation
FROM page
LEFT JOIN LATERAL (
    SELECT
        max(run.finished_at) AS finished_at, array_agg(run.member_count ORDER BY run.run_id) AS sizes,
        (array_agg(run.entered ORDER BY run.run_id DESC))[1] AS entered,
        (array_agg(run.exited ORDER BY run.run_id DESC))[1] AS exited
    FROM (
        SELECT run_id, finished_at, member_count, entered, exited
        FROM segment.run
        WHERE tenant_id = %(tenant_id)s AND segment_id = page.segment_id
        ORDER BY run_id DESC
        LIMIT 30
    ) AS run
) AS last ON true
LEFT JOIN segment.request AS request
    ON request.tenant_id = %(tenant_id)s AND request.request_id = page.request_id
LEFT JOIN segment.held_refresh AS hold
    ON hold.tenant_id = %(tenant_id)s AND hold.segment_id = page.segment_id AND hold.state = 'open'
LEFT JOIN segment.agreement AS agreement
    ON agreement.tenant_id = %(tenant_id)s AND agreement.segment_id = page.segment_id
    AND agreement.stopped_since IS NOT NULL AND page.state = 'active'
CROSS JOIN LATERAL (
    SELECT count(*) AS campaigns
    FROM activation.campaign
    WHERE campaign.tenant_id = %(tenant_id)s
      AND (campaign.segment_id = page.segment_id OR page.segment_id = ANY (campaign.more_segment_ids))
) AS used
ORDER BY page.name, page.segment_id
