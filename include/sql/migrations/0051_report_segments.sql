-- Purpose: what the dashboard Segments shows: requests and the time in each stage, segments and how they change, how they
-- overlap, and how requests are planned (docs/guides/reading-segments.md).

-- Grain: one row a refresh, direction and cause: how many customers entered or left. It is counted as changes are written,
-- because a first version enters everybody: counting on reading would read as many rows as all segments ever had members.
CREATE TABLE segment.change_count (
    tenant_id text NOT NULL,
    run_id bigint NOT NULL,
    change text NOT NULL,
    cause text NOT NULL,
    customers bigint NOT NULL CHECK (customers > 0),
    -- Those of the run, so that a chart over a year reads this table alone.
    segment_id text NOT NULL,
    finished_at timestamptz NOT NULL,
    PRIMARY KEY (tenant_id, run_id, change, cause),
    FOREIGN KEY (tenant_id, run_id) REFERENCES segment.run ON DELETE CASCADE
);
CALL ops.protect('segment.change_count');

INSERT INTO segment.change_count (tenant_id, run_id, change, cause, customers, segment_id, finished_at)
SELECT run.tenant_id, run.run_id, counted.change, counted.cause, counted.customers, run.segment_id, run.finished_at
FROM (
    SELECT tenant_id, run_id, change, cause, count(*) AS customers
    FROM segment.membership_change
    GROUP BY tenant_id, run_id, change, cause
) AS counted
JOIN segment.run USING (tenant_id, run_id);

CREATE FUNCTION segment.count_changes() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    INSERT INTO segment.change_count AS known (tenant_id, run_id, change, cause, customers, segment_id, finished_at)
    SELECT run.tenant_id, run.run_id, counted.change, counted.cause, counted.customers, run.segment_id, run.finished_at
    FROM (
        SELECT tenant_id, run_id, change, cause, count(*) AS customers
        FROM written
        GROUP BY tenant_id, run_id, change, cause
    ) AS counted
    JOIN segment.run USING (tenant_id, run_id)
    ON CONFLICT (tenant_id, run_id, change, cause) DO UPDATE SET customers = known.customers + excluded.customers;
    RETURN NULL;
END
$$;
REVOKE ALL ON FUNCTION segment.count_changes FROM PUBLIC;
CREATE TRIGGER count_changes AFTER INSERT ON segment.membership_change REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION segment.count_changes();
-- Only the trigger writes it, as the owner.
REVOKE INSERT, UPDATE, DELETE ON segment.change_count FROM leo_loader, leo_writer;

-- Grain: one row a pair of a tenant's largest active segments, and each of these with itself: how many members they share.
-- refresh_segments writes it anew when members changed (segments/overlaps.py).
CREATE TABLE segment.overlap (
    tenant_id text NOT NULL REFERENCES ops.tenant,
    segment_id text NOT NULL,
    other_id text NOT NULL,
    shared bigint NOT NULL CHECK (shared >= 0),
    -- The tenant's newest refresh that the count has seen: while there is no newer one, nothing is counted again.
    through_run bigint NOT NULL,
    PRIMARY KEY (tenant_id, segment_id, other_id),
    CHECK (segment_id <= other_id)
);
CALL ops.protect('segment.overlap');

SET LOCAL ROLE leo_report_owner;

DROP VIEW report.request_stage;
DROP VIEW report.request;
DROP VIEW report.segment_size;
DROP VIEW report.segment_agreement;

-- Words of a person, for a table that shows HTML: less contact data, and without the signs of a tag.
CREATE FUNCTION report.as_said(words text) RETURNS text
    LANGUAGE sql IMMUTABLE PARALLEL SAFE STRICT
RETURN translate(report.masked(words), '<>', '‹›');
GRANT EXECUTE ON FUNCTION report.as_said TO leo_reporter;

-- Grain: one row a segment that was ever active. Two whose names are cut to the same words get the number of the request
-- that each began with.
CREATE VIEW report.segment_label AS
WITH named AS (
    SELECT DISTINCT ON (tenant_id, segment_id)
        tenant_id, segment_id, report.shortened(report.as_said(name)) AS name,
        min(request_id) OVER (PARTITION BY tenant_id, segment_id) AS first_request_id
    FROM segment.definition
    WHERE activated_at IS NOT NULL
    ORDER BY tenant_id, segment_id, version DESC
)
SELECT t.tenant_id, t.name AS tenant, n.segment_id,
       CASE WHEN count(*) OVER (PARTITION BY n.tenant_id, n.name) = 1 THEN n.name
            ELSE rtrim(left(n.name, 30)) || ' #' || coalesce(n.first_request_id::text, n.segment_id) END AS segment
FROM named AS n
JOIN ops.tenant AS t USING (tenant_id);
COMMENT ON VIEW report.segment_label IS 'What each segment is called on the dashboards.';

-- Grain: one row a request. Its words are a marketer's own, less the contact data in them; the moments are null where the
-- request did not come so far.
CREATE VIEW report.request AS
SELECT t.tenant_id, t.name AS tenant, r.request_id, report.day_of(r.requested_at, t.time_zone) AS day,
       report.as_said(r.text) AS request,
       r.state <> 'answered' AND r.planner IS DISTINCT FROM 'question' AS asks_for_segment,
       CASE r.state
           WHEN 'submitted' THEN 'Waits to be read'
           WHEN 'drafted' THEN 'Waits to be shown'
           WHEN 'in_review' THEN 'In review'
           WHEN 'needs_clarification' THEN 'Asked back'
           WHEN 'answered' THEN 'Question answered'
           WHEN 'approved' THEN
               CASE WHEN first_run.finished_at IS NULL AND d.state = 'active' THEN 'Waits for members' ELSE 'Approved' END
           ELSE report.in_words(r.state)
       END AS state,
       moments.waits_since IS NOT NULL AS waits,
       moments.waits_since,
       round(extract(epoch FROM now() - moments.waits_since) / 3600, 1) AS waits_hours,
       d.created_at IS NULL AND (cardinality(r.unplaced) > 0 OR cardinality(r.questions) > 0) AS is_asked_back,
       report.as_said(array_to_string(r.unplaced, ', ')) AS not_understood,
       CASE WHEN r.state IN ('rejected', 'sent_back', 'voided', 'failed') THEN coalesce(report.as_said(r.problem), 'No reason given')
            WHEN r.state = 'expired' THEN 'Nobody answered in time'
            WHEN r.state = 'needs_clarification' THEN
                coalesce(nullif(report.as_said(array_to_string(r.unplaced, ', ')), ''), 'A question had to be asked')
       END AS reason,
       CASE r.planner
           WHEN 'grammar' THEN 'Grammar'
           WHEN 'llm' THEN 'Language model'
           WHEN 'import' THEN 'Imported from LEO CDP'
           WHEN 're-evaluation' THEN 'Read again for a new model'
           WHEN 'question' THEN 'Answered as a question'
           ELSE coalesce(report.in_words(r.planner), 'Not read yet')
       END AS planned_by,
       calls.planned_with AS model, coalesce(calls.calls, 0) AS model_calls,
       coalesce(calls.cost_micro_usd, 0) / 1e6::numeric AS model_cost_usd,
       r.revises_request_id, d.segment_id, d.version, v.member_count AS members_previewed,
       date_trunc('minute', r.requested_at AT TIME ZONE t.time_zone) AS asked_local,
       r.requested_at AS asked_at, d.created_at AS understood_at, moments.shown_at,
       a.decided_at, a.decision = 'approve' AS is_approved, first_run.finished_at AS members_at, moments.ended_at,
       report.day_of(coalesce(a.decided_at, moments.ended_at), t.time_zone) AS ended_day,
       round(extract(epoch FROM first_run.finished_at - r.requested_at)::numeric, 3) AS seconds_to_members
FROM segment.request AS r
JOIN ops.tenant AS t USING (tenant_id)
LEFT JOIN segment.definition AS d USING (tenant_id, request_id)
LEFT JOIN segment.preview AS v USING (tenant_id, segment_id, version)
LEFT JOIN segment.approval AS a USING (tenant_id, segment_id, version)
-- The first time that people were asked.
LEFT JOIN ops.review_round AS asked
    ON asked.tenant_id = r.tenant_id AND asked.round = 1
    AND asked.reviewed = 'draft_segment/request-' || r.tenant_id || '-' || r.request_id || '/review/-1'
LEFT JOIN LATERAL (
    SELECT run.finished_at
    FROM segment.run
    WHERE run.tenant_id = d.tenant_id AND run.segment_id = d.segment_id AND run.version = d.version
    ORDER BY run.run_id
    LIMIT 1
) AS first_run ON a.decision = 'approve'
LEFT JOIN (
    SELECT tenant_id, request_id, count(*) AS calls, sum(cost_micro_usd) AS cost_micro_usd,
           (array_agg(coalesce(answered_by, model) ORDER BY call_id DESC)
               FILTER (WHERE task IN ('plan_segment', 'revise_segment') AND outcome = 'ok'))[1] AS planned_with
    FROM llm.call
    WHERE request_id IS NOT NULL
    GROUP BY tenant_id, request_id
) AS calls ON calls.tenant_id = r.tenant_id AND calls.request_id = r.request_id
CROSS JOIN LATERAL (
    SELECT coalesce(asked.shown_at, CASE WHEN r.state = 'in_review' THEN r.state_changed_at END) AS shown_at,
           CASE WHEN r.state NOT IN ('submitted', 'drafted', 'in_review', 'approved') THEN r.state_changed_at END AS ended_at,
           CASE r.state
               WHEN 'submitted' THEN r.requested_at
               WHEN 'drafted' THEN d.created_at
               WHEN 'in_review' THEN coalesce(asked.shown_at, r.state_changed_at)
               WHEN 'approved' THEN CASE WHEN first_run.finished_at IS NULL AND d.state = 'active' THEN a.decided_at END
           END AS waits_since
) AS moments;
COMMENT ON VIEW report.request IS 'Each request, where it stands, and what became of it.';

-- Grain: tenant, day asked, stage; requests for a segment. Cumulative, because a request that was approved was also
-- decided: a count by state alone would show a funnel that empties as work is finished. All stages are named on each day.
CREATE VIEW report.request_stage AS
SELECT t.tenant_id, t.name AS tenant, coalesce(r.day, report.day_of(now(), t.time_zone)) AS day, s.position,
       s.position || '. ' || s.stage AS stage,
       coalesce(sum(CASE s.position
           WHEN 1 THEN r.asked
           WHEN 2 THEN r.understood
           WHEN 3 THEN r.shown
           WHEN 4 THEN r.decided
           WHEN 5 THEN r.approved
           ELSE r.with_members
       END), 0)::bigint AS requests
FROM ops.tenant AS t
LEFT JOIN (
    SELECT tenant_id, day, count(*) AS asked, count(understood_at) AS understood,
           count(*) FILTER (WHERE coalesce(shown_at, decided_at) IS NOT NULL) AS shown,
           count(*) FILTER (WHERE decided_at IS NOT NULL AND state <> 'Expired') AS decided,
           count(*) FILTER (WHERE is_approved) AS approved, count(members_at) AS with_members
    FROM report.request
    WHERE asks_for_segment
    GROUP BY tenant_id, day
) AS r USING (tenant_id)
CROSS JOIN (VALUES
    (1, 'Asked'), (2, 'Understood'), (3, 'Put to review'), (4, 'Decided'), (5, 'Approved'), (6, 'Has members')
) AS s (position, stage)
GROUP BY t.tenant_id, coalesce(r.day, report.day_of(now(), t.time_zone)), s.position, s.stage;
COMMENT ON VIEW report.request_stage IS 'How many requests came at least as far as each stage, by the day they were asked.';

-- Grain: one row a request for a segment and each of four steps. seconds: how long the request was in the step; null where
-- it has not left it, never came there, or the moment is not kept.
CREATE VIEW report.request_step AS
SELECT r.tenant_id, r.tenant, r.day, r.request_id, s.position, s.position || '. ' || s.step AS step,
       -- The clocks of the server and of the database may differ.
       CASE WHEN s.left_at > s.entered_at THEN round(extract(epoch FROM s.left_at - s.entered_at)::numeric, 3)
            WHEN s.left_at <= s.entered_at THEN 0 END AS seconds
FROM report.request AS r
CROSS JOIN LATERAL (VALUES
    (1, 'Reading the words', r.asked_at, coalesce(r.understood_at, r.ended_at)),
    (2, 'Waiting to be shown', r.understood_at, coalesce(r.shown_at, r.ended_at)),
    (3, 'In review', r.shown_at, coalesce(r.decided_at, r.ended_at)),
    (4, 'Finding the members', CASE WHEN r.is_approved THEN r.decided_at END, r.members_at)
) AS s (position, step, entered_at, left_at)
WHERE r.asks_for_segment;
COMMENT ON VIEW report.request_step IS 'How long each request was in each step on its way to members.';

-- Grain: tenant, step, age; requests that wait now. All are named, with 0.
CREATE VIEW report.request_waiting AS
SELECT t.tenant_id, t.name AS tenant, s.position, s.position || '. ' || s.step AS step, a.age,
       count(r.request_id) AS requests
FROM ops.tenant AS t
CROSS JOIN (VALUES
    (1, 'Reading the words', 'Waits to be read'), (2, 'Waiting to be shown', 'Waits to be shown'),
    (3, 'In review', 'In review'), (4, 'Finding the members', 'Waits for members')
) AS s (position, step, state)
CROSS JOIN (VALUES
    ('0 to 1 day', 0, 24), ('1 to 3 days', 24, 72), ('more than 3 days', 72, NULL)
) AS a (age, from_hours, to_hours)
LEFT JOIN report.request AS r
    ON r.tenant_id = t.tenant_id AND r.waits AND r.state = s.state
    AND r.waits_since <= now() - a.from_hours * INTERVAL '1 hour'
    AND (a.to_hours IS NULL OR r.waits_since > now() - a.to_hours * INTERVAL '1 hour')
GROUP BY t.tenant_id, s.position, s.step, a.age;
COMMENT ON VIEW report.request_waiting IS 'Requests that wait now, by the step they wait in and for how long.';

-- Grain: tenant, day on which a request for a segment came to its end, outcome, reason. All outcomes are named, with 0.
CREATE VIEW report.request_end AS
SELECT t.tenant_id, t.name AS tenant, coalesce(r.ended_day, report.day_of(now(), t.time_zone)) AS day, o.position,
       o.outcome, coalesce(r.reason, '–') AS reason, count(r.request_id) AS requests
FROM ops.tenant AS t
CROSS JOIN (VALUES
    (1, 'Approved'), (2, 'Asked back'), (3, 'Sent back'), (4, 'Rejected'), (5, 'Expired'), (6, 'Voided'), (7, 'Failed')
) AS o (position, outcome)
LEFT JOIN report.request AS r
    ON r.tenant_id = t.tenant_id AND r.asks_for_segment
    AND CASE WHEN r.state = 'Waits for members' THEN 'Approved' ELSE r.state END = o.outcome
GROUP BY t.tenant_id, coalesce(r.ended_day, report.day_of(now(), t.time_zone)), o.position, o.outcome, r.reason;
COMMENT ON VIEW report.request_end IS 'What became of requests, and why those that led to no segment did not.';

-- Grain: tenant, day asked, words that a planner could not place; one row with none and 0 for a tenant whose requests were
-- all understood.
CREATE VIEW report.not_understood AS
SELECT t.tenant_id, t.name AS tenant, coalesce(r.day, report.day_of(now(), t.time_zone)) AS day,
       coalesce(r.words, '(none)') AS words, count(r.request_id) AS requests
FROM ops.tenant AS t
LEFT JOIN (
    SELECT q.tenant_id, q.request_id, report.day_of(q.requested_at, t.time_zone) AS day, lower(report.as_said(words)) AS words
    FROM segment.request AS q
    JOIN ops.tenant AS t USING (tenant_id)
    CROSS JOIN LATERAL (SELECT DISTINCT unnest(q.unplaced)) AS told (words)
    WHERE q.state <> 'answered'
) AS r USING (tenant_id)
GROUP BY t.tenant_id, coalesce(r.day, report.day_of(now(), t.time_zone)), r.words;
COMMENT ON VIEW report.not_understood IS 'Words of requests that were not understood, less contact data.';

-- Grain: tenant, day, task, model: what language models did for requests. All tasks are named, with 0 where no model was
-- asked. Costs are in US dollars, of the calls whose price is known.
CREATE VIEW report.request_model AS
SELECT t.tenant_id, t.name AS tenant, coalesce(c.day, report.day_of(now(), t.time_zone)) AS day, k.position, k.task,
       coalesce(c.model, 'no model asked') AS model, coalesce(sum(c.calls), 0)::bigint AS calls,
       coalesce(sum(c.useless), 0)::bigint AS calls_without_answer, coalesce(sum(c.tokens), 0)::bigint AS tokens,
       coalesce(sum(c.cost_usd), 0) AS cost_usd, coalesce(sum(c.unpriced), 0)::bigint AS calls_without_price
FROM ops.tenant AS t
CROSS JOIN (VALUES
    (1, 'plan_segment', 'Reading a request'), (2, 'revise_segment', 'Reading a change of one'),
    (3, 'review_plan', 'Second reading'), (4, 'explain_result', 'Explaining the result')
) AS k (position, code, task)
LEFT JOIN (
    SELECT l.tenant_id, l.task, report.day_of(l.occurred_at, t.time_zone) AS day, coalesce(l.answered_by, l.model) AS model,
           count(*) AS calls, count(*) FILTER (WHERE l.outcome <> 'ok') AS useless,
           sum(coalesce(l.input_tokens, 0) + coalesce(l.output_tokens, 0)) AS tokens,
           sum(l.cost_micro_usd) / 1e6::numeric AS cost_usd, count(*) FILTER (WHERE l.cost_micro_usd IS NULL) AS unpriced
    FROM llm.call AS l
    JOIN ops.tenant AS t USING (tenant_id)
    WHERE l.request_id IS NOT NULL
    GROUP BY l.tenant_id, l.task, day, coalesce(l.answered_by, l.model)
) AS c ON c.tenant_id = t.tenant_id AND c.task = k.code
GROUP BY t.tenant_id, coalesce(c.day, report.day_of(now(), t.time_zone)), k.position, k.task, c.model;
COMMENT ON VIEW report.request_model IS 'Calls of language models for requests, by task and model, with their cost.';

-- Grain: one row an active segment, as it stands now.
CREATE VIEW report.segment AS
SELECT l.tenant_id, l.tenant, l.segment_id, l.segment, report.as_said(d.sentence) AS what_it_says, d.version, d.request_id,
       d.activated_at, coalesce(last_run.member_count, 0) AS members,
       date_trunc('minute', done.refreshed_at AT TIME ZONE t.time_zone) AS refreshed_local, done.as_of AS members_as_of,
       CASE WHEN a.stopped_since IS NOT NULL THEN 'Stopped: graph and tables differ'
            WHEN held.opened_at IS NOT NULL THEN 'Held: waits for a person'
            WHEN last_run.run_id IS NULL THEN 'Not refreshed yet'
            ELSE 'Runs' END AS state,
       a.stopped_since, held.opened_at AS held_since, a.graph_count AS found_in_graph, a.sql_count AS found_in_tables,
       a.compared_at, limits.max_members AS most_members_allowed,
       coalesce(replayed.moments, 0) AS replayed_moments, replayed.fewest_members, replayed.most_members,
       replayed.stability
FROM segment.definition AS d
JOIN report.segment_label AS l USING (tenant_id, segment_id)
JOIN ops.tenant AS t ON t.tenant_id = d.tenant_id
LEFT JOIN segment.refreshed AS done ON done.tenant_id = d.tenant_id AND done.segment_id = d.segment_id
LEFT JOIN segment.agreement AS a ON a.tenant_id = d.tenant_id AND a.segment_id = d.segment_id
LEFT JOIN segment.held_refresh AS held
    ON held.tenant_id = d.tenant_id AND held.segment_id = d.segment_id AND held.state = 'open'
LEFT JOIN segment.version_limit AS limits
    ON limits.tenant_id = d.tenant_id AND limits.segment_id = d.segment_id AND limits.version = d.version
LEFT JOIN LATERAL (
    SELECT run.run_id, run.member_count
    FROM segment.run
    WHERE run.tenant_id = d.tenant_id AND run.segment_id = d.segment_id
    ORDER BY run.run_id DESC
    LIMIT 1
) AS last_run ON true
-- The newest replay of the version by what was known at each moment.
LEFT JOIN LATERAL (
    SELECT count(*) AS moments, min(point.members) AS fewest_members, max(point.members) AS most_members,
           avg(point.jaccard) AS stability
    FROM segment.replay_point AS point
    WHERE point.tenant_id = d.tenant_id AND point.replay_id = (
        SELECT run.replay_id
        FROM segment.replay_run AS run
        WHERE run.tenant_id = d.tenant_id AND run.segment_id = d.segment_id AND run.version = d.version
          AND NOT run.as_known_now
        ORDER BY run.replayed_at DESC, run.replay_id DESC
        LIMIT 1
    )
) AS replayed ON true
WHERE d.state = 'active';
COMMENT ON VIEW report.segment IS 'Each active segment: its members now, whether it runs, and how it was replayed.';

-- Grain: one row an active segment: whether it runs or is stopped, and what graph and tables found.
CREATE VIEW report.segment_agreement AS
SELECT l.tenant_id, l.tenant, d.segment_id, l.segment, d.version,
       CASE WHEN a.stopped_since IS NOT NULL THEN 'stopped' WHEN a.segment_id IS NOT NULL THEN 'agrees'
            ELSE 'not refreshed yet' END AS state,
       a.graph_count, a.sql_count, a.as_of, a.compared_at, a.stopped_since
FROM segment.definition AS d
JOIN report.segment_label AS l USING (tenant_id, segment_id)
LEFT JOIN segment.agreement AS a ON a.tenant_id = d.tenant_id AND a.segment_id = d.segment_id
WHERE d.state = 'active';
COMMENT ON VIEW report.segment_agreement IS 'Whether graph and tables find the same members of each active segment.';

-- Grain: one row a segment and day with a refresh that wrote something: members after the last one of the day.
CREATE VIEW report.segment_size AS
SELECT l.tenant_id, l.tenant, l.segment_id, l.segment, d.day, d.last_run[2] AS members, d.entered, d.exited, d.refreshes,
       d.last_run[3] AS version
FROM (
    SELECT r.tenant_id, r.segment_id, report.day_of(r.finished_at, t.time_zone) AS day,
           max(ARRAY[r.run_id, r.member_count, r.version]) AS last_run,
           sum(r.entered)::bigint AS entered, sum(r.exited)::bigint AS exited, count(*) AS refreshes
    FROM segment.run AS r
    JOIN ops.tenant AS t USING (tenant_id)
    GROUP BY r.tenant_id, r.segment_id, report.day_of(r.finished_at, t.time_zone)
) AS d
JOIN report.segment_label AS l USING (tenant_id, segment_id);
COMMENT ON VIEW report.segment_size IS 'Members of each segment by day, and how many entered and left.';

-- Grain: refresh, direction, cause: customers who entered or left; one counts as often as they do.
CREATE VIEW report.segment_change AS
SELECT l.tenant_id, l.tenant, l.segment_id, l.segment, report.day_of(c.finished_at, t.time_zone) AS day, c.run_id,
       CASE c.change WHEN 'enter' THEN 'Entered' ELSE 'Left' END AS change,
       CASE c.cause
           WHEN 'definition' THEN 'New or changed definition'
           WHEN 'data' THEN 'Customer data changed'
           WHEN 'late_data' THEN 'Data came late'
           WHEN 'interest_model' THEN 'Interests computed in another way'
           ELSE 'Left the source or was merged'
       END AS cause,
       c.customers
FROM segment.change_count AS c
JOIN report.segment_label AS l USING (tenant_id, segment_id)
JOIN ops.tenant AS t ON t.tenant_id = l.tenant_id;
COMMENT ON VIEW report.segment_change IS 'Customers who entered and left each segment by day and cause.';

-- Grain: two of a tenant's largest active segments, each pair in both orders and each segment with itself.
CREATE VIEW report.segment_overlap AS
WITH pair AS (
    SELECT tenant_id, segment_id, other_id, shared, segment_id < other_id AS is_listed FROM segment.overlap
    UNION ALL
    SELECT tenant_id, other_id, segment_id, shared, false FROM segment.overlap WHERE segment_id < other_id
)
SELECT l.tenant_id, l.tenant, l.segment_id, l.segment, other_l.segment_id AS other_segment_id,
       other_l.segment AS other_segment, pair.shared, one.shared AS members, other.shared AS other_members,
       least(one.shared, other.shared) AS members_of_smaller, pair.is_listed
FROM pair
JOIN segment.overlap AS one
    ON one.tenant_id = pair.tenant_id AND one.segment_id = pair.segment_id AND one.other_id = pair.segment_id
JOIN segment.overlap AS other
    ON other.tenant_id = pair.tenant_id AND other.segment_id = pair.other_id AND other.other_id = pair.other_id
JOIN segment.definition AS d
    ON d.tenant_id = pair.tenant_id AND d.segment_id = pair.segment_id AND d.state = 'active'
JOIN segment.definition AS other_d
    ON other_d.tenant_id = pair.tenant_id AND other_d.segment_id = pair.other_id AND other_d.state = 'active'
JOIN report.segment_label AS l ON l.tenant_id = pair.tenant_id AND l.segment_id = pair.segment_id
JOIN report.segment_label AS other_l ON other_l.tenant_id = pair.tenant_id AND other_l.segment_id = pair.other_id;
COMMENT ON VIEW report.segment_overlap IS 'How many members the largest segments share, two by two.';

-- Grain: tenant, day, state: refreshes that were held because they went beyond a segment's limits. All states, with 0.
CREATE VIEW report.held_refresh AS
SELECT t.tenant_id, t.name AS tenant, report.day_of(coalesce(h.opened_at, now()), t.time_zone) AS day, s.position, s.state,
       count(h.hold_id) AS refreshes
FROM ops.tenant AS t
CROSS JOIN (VALUES
    (1, 'open', 'Waits for a person'), (2, 'released', 'Let pass, not published yet'),
    (3, 'used', 'Let pass and published'), (4, 'rejected', 'Rejected: members stayed'),
    (5, 'lapsed', 'Overtaken by a later refresh')
) AS s (position, code, state)
LEFT JOIN segment.held_refresh AS h ON h.tenant_id = t.tenant_id AND h.state = s.code
GROUP BY t.tenant_id, day, s.position, s.state;
COMMENT ON VIEW report.held_refresh IS 'Refreshes beyond the limits of a segment, by what was decided about them.';

-- Grain: active segment, channel: whom a marketing message would have reached when the version was previewed.
CREATE VIEW report.segment_reach AS
SELECT l.tenant_id, l.tenant, l.segment_id, l.segment, report.channel_name(reach.channel) AS channel,
       reach.customers::bigint AS customers, v.member_count AS members_previewed, v.previewed_at
FROM segment.definition AS d
JOIN segment.preview AS v USING (tenant_id, segment_id, version)
JOIN report.segment_label AS l USING (tenant_id, segment_id)
CROSS JOIN LATERAL jsonb_each_text(v.reachable) AS reach (channel, customers)
WHERE d.state = 'active';
COMMENT ON VIEW report.segment_reach IS 'Members of each segment whom each channel would have reached at its preview.';

COMMENT ON VIEW report.segment_replay IS
    'What a segment would have been at earlier moments, and whether its members bought: the newest replay of each version.';

RESET ROLE;
