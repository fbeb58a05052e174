-- Purpose: a page of the segments: the newest version of each, members now, and the sizes of the last refreshes.
-- Grain: one row a segment, by name.
-- Parameters: tenant_id; state (active, retired, or null: any); after (the name and id of the last one shown, or null);
--             most.
-- Rerun: reads only.
SELECT
    newest.segment_id, newest.name, newest.version, newest.state, newest.sentence, newest.created_at,
    coalesce(size.members, 0) AS members, last.finished_at AS refreshed_at, last.entered, last.exited, last.sizes
FROM (
    SELECT DISTINCT ON (segment_id) segment_id, name, version, state, sentence, created_at
    FROM segment.definition
    WHERE tenant_id = %(tenant_id)s AND state <> 'draft'
    ORDER BY segment_id, version DESC
) AS newest
LEFT JOIN LATERAL (
    SELECT count(*) AS members
    FROM segment.membership AS member
    WHERE member.tenant_id = %(tenant_id)s AND member.segment_id = newest.segment_id
) AS size ON true
LEFT JOIN LATERAL (
    SELECT
        max(run.finished_at) AS finished_at, array_agg(run.member_count ORDER BY run.run_id) AS sizes,
        (array_agg(run.entered ORDER BY run.run_id DESC))[1] AS entered,
        (array_agg(run.exited ORDER BY run.run_id DESC))[1] AS exited
    FROM (
        SELECT run.*
        FROM segment.run
        WHERE run.tenant_id = %(tenant_id)s AND run.segment_id = newest.segment_id
        ORDER BY run.run_id DESC
        LIMIT 30
    ) AS run
) AS last ON true
WHERE (%(state)s::text IS NULL OR newest.state = %(state)s)
  AND (%(after_name)s::text IS NULL OR (newest.name, newest.segment_id) > (%(after_name)s, %(after_id)s))
ORDER BY newest.name, newest.segment_id
LIMIT %(most)s
